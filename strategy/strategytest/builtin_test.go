package strategytest_test

import (
	"testing"

	"github.com/usher-go/usher/strategy"
	"github.com/usher-go/usher/strategy/strategytest"
)

func TestBuiltinStrategiesPassTheSuite(t *testing.T) {
	for _, s := range strategy.Builtin() {
		t.Run(s.Name(), func(t *testing.T) {
			strategytest.Run(t, func() strategy.Strategy {
				fresh, err := strategy.New(s.Name())
				if err != nil {
					t.Fatal(err)
				}
				return fresh
			})
		})
	}
}
