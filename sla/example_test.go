package sla_test

import (
	"fmt"
	"time"

	"github.com/usher-go/usher/sla"
)

func ExampleCounts() {
	const threshold, short = 20 * time.Second, 5 * time.Second
	var c sla.Counts
	c.Answer(20*time.Second, threshold) // exactly at the threshold is within it
	c.Answer(45*time.Second, threshold)
	c.Abandon(12*time.Second, threshold, short)
	c.Abandon(3*time.Second, threshold, short) // left at once: not held against the campaign

	level, _ := c.ServiceLevel()
	abandoned, _ := c.AbandonRate()
	wait, _ := c.AverageWait()
	fmt.Printf("service level %.0f %%, abandoned %.0f %%, average wait %.1f s\n", 100*level, 100*abandoned, wait)
	// Output: service level 50 %, abandoned 33 %, average wait 32.5 s
}

func ExampleFormulas() {
	var c sla.Counts
	c.Answer(10*time.Second, 20*time.Second)
	for _, f := range sla.Formulas() {
		if value, ok := f.Of(&c); ok {
			fmt.Printf("%s = %v (%s): %s\n", f.Name, value, f.Unit, f.Definition)
		}
	}
	// Output:
	// serviceLevel = 1 (share): answered within the threshold ÷ answered
	// serviceLevelWithAbandoned = 1 (share): (answered + abandoned within the threshold) ÷ (answered + abandoned), without short abandons
	// abandonRate = 0 (share): abandoned ÷ (answered + abandoned + timed out), without short abandons
	// averageWait = 10 (seconds): time from queue entry to the answer ÷ answered
	// longestWait = 10 (seconds): longest time from queue entry to the answer
}

func ExampleSeries() {
	s, err := sla.NewSeries(sla.SeriesConfig{Interval: 15 * time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	nine := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s.At("sales", nine.Add(2*time.Minute)).Answer(8*time.Second, 20*time.Second)
	s.At("sales", nine.Add(31*time.Minute)).Answer(50*time.Second, 20*time.Second)
	for _, i := range s.Range("sales", nine, nine.Add(time.Hour)) {
		level, ok := i.Counts.ServiceLevel()
		fmt.Println(i.Start.Format("15:04"), i.Counts.Answered, level, ok)
	}
	day := s.Total("sales", nine, nine.Add(24*time.Hour))
	fmt.Println(day.ServiceLevel())
	// Output:
	// 09:00 1 1 true
	// 09:15 0 0 false
	// 09:30 1 0 true
	// 09:45 0 0 false
	// 0.5 true
}

func ExampleRestore() {
	s, _ := sla.NewSeries(sla.SeriesConfig{})
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	_ = s.At("sales", now).End(sla.OutcomeAnswered)
	back, err := sla.Restore(s.Snapshot()) // a host stores the snapshot as JSON in between
	total := back.Total("sales", now, now.Add(time.Hour))
	fmt.Println(total.Ends.Of(sla.OutcomeAnswered), err)
	// Output: 1 <nil>
}
