package crashtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/sqlite"
)

// What the child is told by its parent.
const (
	envStore = "USHER_CRASH_STORE" // sqlite or postgres; set = this is the child
	envPath  = "USHER_CRASH_PATH"  // of the file, or the center's name
	envURL   = "USHER_CRASH_URL"   // of the database
	envGraph = "USHER_CRASH_GRAPH" // of the stand-in for Meta
	envQuiet = "USHER_CRASH_QUIET" // no agents at work
	// The first interaction is answered; when the message is to be sent again later, the
	// child says so.
	envAnswer = "USHER_CRASH_ANSWER"
)

const number = "+15550783881"

func TestMain(m *testing.M) {
	if os.Getenv(envStore) == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Println("stopped", err)
		os.Exit(3)
	}
}

// place says where a journal is.
type place struct{ kind, path, url string }

// open opens the journal; closing is for what is beside it.
func (p place) open(ctx context.Context, takeOver bool) (j store.Journal, closing func(), err error) {
	if p.kind == "sqlite" {
		j, err = sqlite.Open(ctx, sqlite.Config{Path: p.path, TakeOver: takeOver})
		return j, func() {}, err
	}
	pool, err := pgxpool.New(ctx, p.url)
	if err != nil {
		return nil, nil, err
	}
	j, err = postgres.Open(ctx, pool, postgres.Config{Schema: p.path, Lease: 500 * time.Millisecond, TakeOver: takeOver})
	if err != nil {
		pool.Close()
	}
	return j, pool.Close, err
}

// center makes a center on a journal.
func center(j store.Journal, graph string) (*usher.Center, *cloudapi.Connector, error) {
	cfg := cloudapitest.NewServer(cloudapitest.Config{}).ConnectorConfig("main", graph)
	cfg.MessagesPerSecond, cfg.PairInterval = -1, -1
	wa, err := cloudapi.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	c, err := usher.New(usher.Options{
		Connectors: []channel.Connector{wa}, Journal: j, SnapshotEvery: 200, Retention: -1, DrainTimeout: 2 * time.Second,
	})
	return c, wa, err
}

// child is a center at work. It ends with an error when it loses its journal, and
// without one on SIGTERM.
func child() error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	j, closing, err := place{os.Getenv(envStore), os.Getenv(envPath), os.Getenv(envURL)}.open(ctx, false)
	if err != nil {
		return err
	}
	defer closing()
	defer j.Close()
	c, wa, err := center(j, os.Getenv(envGraph))
	if err != nil {
		return err
	}
	if have, err := c.Config(ctx); err != nil || len(have.Agents) == 0 {
		if err = errors.Join(err, c.Configure(ctx, configuration())); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(l, wa.Webhook(c)) }()
	fmt.Printf("ready http://%s\n", l.Addr()) // before the agents, who report their calls
	work, stop := context.WithCancel(ctx)
	defer stop()
	if os.Getenv(envQuiet) == "" {
		for i := range 4 {
			go agents(work, c, i)
		}
	}
	if os.Getenv(envAnswer) != "" {
		go answer(work, c, c.Subscribe(0, queue.Offered, queue.MessageMoved))
	}
	return c.Run(ctx)
}

const perAgent = 3

func configuration() usher.Config {
	cfg := usher.Config{Campaigns: []usher.Campaign{{
		ID: "sales", WhatsApp: &settings.Card{
			Enable: true, Connector: "main", PhoneNumbers: []string{number}, ServiceLevel: 20,
			// A message in doubt after a kill holds back its conversation for so long. With the
			// default of a minute hardly any message goes out after the first rounds.
			Sends: settings.Sends{Timeout: 1},
		},
	}}}
	for i := range 4 {
		id := fmt.Sprintf("agent%d", i)
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: id, Limit: perAgent})
		cfg.Campaigns[0].Members = append(cfg.Campaigns[0].Members, usher.Member{Agent: id})
	}
	return cfg
}

// agents are agents at their desks, who do what comes to their minds as fast as they can.
func agents(ctx context.Context, c *usher.Center, n int) {
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if i%50 == 0 {
			state := []queue.State{queue.Available, queue.Available, queue.Available, queue.Paused, queue.Offline}[rand.IntN(5)]
			began := time.Now()
			_, _ = c.Do(ctx, queue.AgentState{Agent: fmt.Sprintf("agent%d", rand.IntN(4)), State: state, Requeue: rand.IntN(3) == 0})
			fmt.Printf("call state %d\n", time.Since(began))
		}
		list := c.Interactions("")
		if len(list) == 0 {
			continue
		}
		began := time.Now()
		err := act(ctx, c, &list[rand.IntN(len(list))])
		fmt.Printf("call act %d\n", time.Since(began))
		if errors.Is(err, usher.ErrStopped) {
			return
		}
	}
}

// act does something with an interaction. That somebody else was faster is no error.
func act(ctx context.Context, c *usher.Center, in *queue.InteractionView) error {
	var err error
	switch dice := rand.IntN(10); {
	case in.Offered != "" && dice < 8:
		_, err = c.Do(ctx, queue.Accept{Agent: in.Offered, Interaction: in.ID})
	case in.Offered != "":
		_, err = c.Do(ctx, queue.Decline{Agent: in.Offered, Interaction: in.ID})
	case in.Agent == "":
	case dice < 5:
		err = c.Send(ctx, usher.Reply{Interaction: in.ID, Agent: in.Agent, Message: channel.TextMessage(fmt.Sprintf("answer %d", rand.Uint64()))})
	case dice < 6:
		_, err = c.Do(ctx, queue.Transfer{Interaction: in.ID, Agent: in.Agent, ToAgent: fmt.Sprintf("agent%d", rand.IntN(4))})
	case dice < 9:
		_, err = c.Do(ctx, queue.Finish{Agent: in.Agent, Interaction: in.ID, Disposition: "done"})
	}
	return err
}

// answer answers the first interaction and tells when the answer is to be sent again.
func answer(ctx context.Context, c *usher.Center, s *usher.Subscription) {
	for {
		ev, err := s.Next(ctx)
		switch {
		case err != nil:
			return
		case ev.Kind == queue.Offered:
			_, err = c.Do(ctx, queue.Accept{Agent: ev.Agent, Interaction: ev.Interaction})
			if err == nil {
				err = c.Send(ctx, usher.Reply{Interaction: ev.Interaction, Agent: ev.Agent, Message: channel.TextMessage("good morning")})
			}
			if err != nil {
				fmt.Println("no answer", err)
			}
		case ev.Delivery == queue.MessageWaits:
			fmt.Println("answered")
			return
		}
	}
}
