package sim

import "math"

// Histogram counts lengths of time in buckets that grow by a tenth, from a tenth of a
// second to about a year; shorter ones are in the first. A quantile is off by at most 5 %.
type Histogram struct {
	Buckets []int64 `json:"buckets"`
}

const (
	histogramFrom   = 0.1
	histogramGrowth = 1.1
)

func (h *Histogram) add(seconds float64) {
	i := 0
	if seconds > histogramFrom {
		i = 1 + int(math.Log(seconds/histogramFrom)/math.Log(histogramGrowth))
	}
	i = min(i, 230)
	for len(h.Buckets) <= i {
		h.Buckets = append(h.Buckets, 0)
	}
	h.Buckets[i]++
}

func (h *Histogram) merge(o *Histogram) {
	for len(h.Buckets) < len(o.Buckets) {
		h.Buckets = append(h.Buckets, 0)
	}
	for i, n := range o.Buckets {
		h.Buckets[i] += n
	}
}

// Count returns how many lengths were counted.
func (h *Histogram) Count() int64 {
	var n int64
	for _, b := range h.Buckets {
		n += b
	}
	return n
}

// Bound returns the upper end of a bucket in seconds.
func (h *Histogram) Bound(bucket int) float64 {
	return histogramFrom * math.Pow(histogramGrowth, float64(bucket))
}

// Quantile returns the length in seconds that a share of all does not exceed, 0 for those
// that are no wait at all. It is not ok when nothing was counted.
func (h *Histogram) Quantile(share float64) (seconds float64, ok bool) {
	total := h.Count()
	if total == 0 {
		return 0, false
	}
	need := int64(math.Ceil(share * float64(total)))
	var sum int64
	for i, n := range h.Buckets {
		if sum += n; sum >= need && n > 0 {
			if i == 0 {
				return 0, true
			}
			return h.Bound(i) / math.Sqrt(histogramGrowth), true
		}
	}
	return h.Bound(len(h.Buckets)), true
}
