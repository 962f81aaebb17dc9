package schedule

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestZonesWithoutADatabase(t *testing.T) {
	none := func(name string) (*time.Location, error) {
		if name == "" || name == "UTC" {
			return time.UTC, nil
		}
		return nil, errors.New("unknown time zone " + name)
	}
	_, err := loadZone("Europe/Madrid", none)
	require.ErrorIs(t, err, ErrNoZones)
	assert.ErrorContains(t, err, `import _ "time/tzdata"`)
	assert.NotContains(t, err.Error(), "valid:", "no zone would be valid")
	loc, err := loadZone("", none)
	require.NoError(t, err)
	assert.Equal(t, time.UTC, loc)
}

func TestZonesWithADatabase(t *testing.T) {
	loc, err := LoadZone("Europe/Madrid")
	require.NoError(t, err)
	assert.Equal(t, "Europe/Madrid", loc.String())
	for _, name := range []string{"Europe/Madird", "Local"} {
		_, err = LoadZone(name)
		require.EqualError(t, err, `unknown time zone "`+name+`"; valid: IANA names such as "Europe/Madrid"`)
	}
}
