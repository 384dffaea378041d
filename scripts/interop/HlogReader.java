// Reads an interval log with HdrHistogram's own reader and prints a line per histogram: tag, count, p50, p99.
// With a tag as second argument: the percentile text of all histograms of that tag together.
import java.io.FileInputStream;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

public class HlogReader {
  public static void main(String[] args) throws Exception {
    Histogram all = new Histogram(1, 60_000_000_000L, 3);
    try (HistogramLogReader reader = new HistogramLogReader(new FileInputStream(args[0]))) {
      while (reader.hasNext()) {
        EncodableHistogram next = reader.nextIntervalHistogram();
        if (!(next instanceof Histogram)) continue;
        Histogram one = (Histogram) next;
        if (args.length > 1) {
          if (args[1].equals(one.getTag())) all.add(one);
        } else {
          System.out.println(
              one.getTag() + " " + one.getTotalCount() + " " + one.getValueAtPercentile(50.0) + " " + one.getValueAtPercentile(99.0));
        }
      }
    }
    if (args.length > 1) all.outputPercentileDistribution(System.out, 5, 1_000_000.0);
  }
}
