package sim

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/usher-go/usher/internal/fault"
)

// MaxSeconds is the longest span of a scenario and the largest mean or value of a
// distribution: 31 years. The settings of the center have their own bounds.
const MaxSeconds = 1e9

// minEvery is the shortest interval of rates, counts and staff.
const minEvery Seconds = 1

// checkSpans reports every span below v that is too long. Each check of its owner reports
// what else is wrong with it.
func checkSpans(f *fault.Faults, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		if v.Type() == reflect.TypeFor[Seconds]() && v.Float() > MaxSeconds {
			f.Add(path, "must be at most 1e9 seconds, is %v", v.Float())
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Type().Elem().PkgPath() == reflect.TypeFor[Scenario]().PkgPath() {
			checkSpans(f, path, v.Elem())
		}
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[Scenario]().PkgPath() {
			return
		}
		for i := range v.NumField() {
			if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
				checkSpans(f, fault.Join(path, name), v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkSpans(f, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	}
}
