package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/sla"
)

// A number that is served from a folder goes on where it was when the program is killed.
func TestServeSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	cfg := cloudapitest.Config{}
	args := []string{"-data", dir, "-agents", "1", "-answer", "1h"}
	p := serve(t, cfg, args...)
	for _, phone := range []string{"5511999990001", "5511999990002"} {
		require.NoError(t, p.meta.Phone(cloudapitest.Person{Number: phone}).Say(within(t), desk1, "hello"))
	}
	p.eventually("one is answered", func(c *sla.Counts) bool { return c.Answered == 1 })
	require.NoError(t, p.cmd.Process.Kill())
	<-p.out
	_ = p.cmd.Wait()

	p = serve(t, cfg, args...)
	board := p.board()
	assert.Equal(t, 1, board.Campaigns[0].Active, "the agent has the first still")
	assert.Equal(t, 1, board.Campaigns[0].Waiting, "the second waits still")
	assert.EqualValues(t, 2, board.Campaigns[0].Counts.Opened)
	assert.Contains(t, p.stop(), "going on with what is in "+dir)

	p = serve(t, cfg, "-data", dir, "-agents", "2", "-answer", "1h")
	p.eventually("the second agent is on duty too", func(c *sla.Counts) bool { return c.Answered == 2 })
	p.stop()
}
