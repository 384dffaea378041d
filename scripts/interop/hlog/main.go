// Reads an interval log with the Go HdrHistogram and prints a line per histogram: tag, count, p50, p99.
package main

import (
	"fmt"
	"os"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	reader := hdrhistogram.NewHistogramLogReader(file)
	for {
		one, err := reader.NextIntervalHistogram()
		if err != nil {
			panic(err)
		}
		if one == nil {
			return
		}
		fmt.Println(one.Tag(), one.TotalCount(), one.ValueAtQuantile(50), one.ValueAtQuantile(99))
	}
}
