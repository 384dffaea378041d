// Reads a result file with Fortio's own types and prints: count, average in seconds, the median that Fortio computes
// from the buckets, the calls that ended OK.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"fortio.org/fortio/periodic"
)

func main() {
	bytes, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var result struct {
		periodic.RunnerResults
		RetCodes map[string]int64
	}
	if err := json.Unmarshal(bytes, &result); err != nil {
		panic(err)
	}
	data := result.DurationHistogram
	fmt.Println(data.Count, data.Avg, data.CalcPercentile(50), result.RetCodes["OK"], result.ActualDuration.Seconds())
}
