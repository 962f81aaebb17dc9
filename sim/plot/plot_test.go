package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/sim/plot"
)

func day(t *testing.T, name string, agents int) *sim.Result {
	t.Helper()
	c := usher.Campaign{ID: "sales", WhatsApp: &settings.Card{Enable: true, ServiceLevel: 30}}
	cfg := usher.Config{}
	for _, id := range []string{"ana", "bruno", "carla", "dora"}[:agents] {
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: id})
		c.Members = append(c.Members, usher.Member{Agent: id})
	}
	cfg.Campaigns = []usher.Campaign{c}
	patience := sim.Exponential(3 * time.Minute)
	r, err := sim.Run(t.Context(), sim.Scenario{
		Name: name, Center: cfg,
		Arrivals: []sim.Arrivals{{
			Campaign: "sales", Rates: []float64{2, 5, 40, 70, 60, 20}, Every: 4 * 3600,
			Handle: sim.Exponential(3 * time.Minute), Patience: &patience,
		}},
	}, sim.Options{Replications: 8, Seed: 1})
	require.NoError(t, err)
	return r
}

func TestPicturesAreWholeDocuments(t *testing.T) {
	three, four := day(t, "three agents", 3), day(t, "four agents", 4)
	prefix := filepath.Join(t.TempDir(), "day")
	if dir := os.Getenv("PICTURES"); dir != "" {
		prefix = filepath.Join(dir, "day")
	}
	names, err := plot.Save(prefix, three, four)
	require.NoError(t, err)
	assert.Equal(t, []string{prefix + "-queue.svg", prefix + "-level.svg", prefix + "-waits.svg"}, names)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		dec := xml.NewDecoder(bytes.NewReader(data))
		for {
			if _, err = dec.Token(); err != nil {
				break
			}
		}
		assert.True(t, errors.Is(err, io.EOF), "%s is XML to its end: %v", name, err)
		for _, text := range []string{"three agents", "four agents"} {
			assert.Contains(t, string(data), text, name)
		}
	}
	names, err = plot.Save(prefix+".png", three)
	require.NoError(t, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		assert.Greater(t, img.Bounds().Dx(), 500)
	}
}

func TestNothingToDrawIsSaid(t *testing.T) {
	_, err := plot.Queue()
	assert.ErrorContains(t, err, "nothing to draw")
	p, err := plot.Queue(day(t, "", 3))
	require.NoError(t, err)
	assert.ErrorContains(t, p.Write(io.Discard, "bmp"), `unknown format "bmp"; valid: svg, png`)
}
