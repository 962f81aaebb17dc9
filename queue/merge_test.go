package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// When two customers turn out to be one, each of their interactions ends at most once, in
// every state that the losing one can be in.
func TestMergeEndsAnInteractionOnce(t *testing.T) {
	const ring, longest = time.Minute, 10 * time.Second
	campaign := queue.Campaign{RingTime: ring, MaxTime: longest, MaxTransferTime: time.Hour}
	botAfterWait, text, autoPause := campaign, campaign, campaign
	botAfterWait.BotAfterWait = "survey"
	text.Texts.TimedOut = "sorry"
	autoPause.AutoPauseMisses = 1
	for name, c := range map[string]queue.Campaign{"plain": campaign, "bot after waiting time": botAfterWait, "text": text, "pause after misses": autoPause} {
		t.Run(name, func(t *testing.T) {
			for state, prepare := range map[string]func(f *floor, id string){
				"offered": func(*floor, string) {},
				"offered past the longest time in the queue": func(f *floor, id string) {
					f.pass(longest + time.Second)
					require.NotEmpty(f.t, f.all(queue.Overdue, id))
				},
				"with an agent": func(f *floor, id string) {
					f.do(queue.Accept{Interaction: id, Agent: f.view(id).Offered})
				},
				"in a transfer whose sender has gone": func(f *floor, id string) {
					sender := f.view(id).Offered
					f.do(queue.Accept{Interaction: id, Agent: sender})
					f.available("carla")
					f.do(queue.Transfer{Interaction: id, Agent: sender, ToAgent: "carla"})
					f.do(queue.AgentState{Agent: sender, State: queue.Offline})
				},
			} {
				t.Run(state, func(t *testing.T) {
					f := newFloor(t, c)
					f.available("ana", "bruno")
					first, second := f.says("maria", "hello"), f.says("pedro", "hello")
					prepare(f, second)
					f.do(queue.Identify{Old: []string{"phone:maria"}, New: []string{"phone:pedro"}})
					f.pass(time.Hour)
					for _, id := range []string{first, second} {
						assert.LessOrEqual(t, len(f.all(queue.Ended, id)), 1, "%s ended more than once", id)
					}
					for _, a := range []string{"ana", "bruno", "carla"} {
						v := f.agent(a)
						assert.Equal(t, len(v.Asked)+len(v.Has), v.Load, "%s holds capacity for nothing", a)
					}
				})
			}
		})
	}
}
