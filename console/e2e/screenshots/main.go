// Screenshots writes a picture of every screen of the console, light and dark, wide and
// narrow, to a folder.
//
//	go run ./console/e2e/screenshots -out DIR
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	_ "time/tzdata" // zones on a machine without a database

	"github.com/usher-go/usher/console/e2e"
)

func main() {
	out := flag.String("out", "screenshots", "folder for the pictures; it is made if it is not there")
	only := flag.String("only", "", "only pictures whose name has this in it, such as desk or dark-wide")
	flag.Parse()
	if err := run(context.Background(), *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, only string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	gallery, err := e2e.OpenGallery(ctx)
	if err != nil {
		return err
	}
	defer gallery.Close()
	for _, shot := range gallery.Shots() {
		if !strings.Contains(shot.Name, only) {
			continue
		}
		png, err := shot.Take()
		if err != nil {
			return fmt.Errorf("%s: %w", shot.Name, err)
		}
		path := filepath.Join(out, shot.Name+".png")
		if err := os.WriteFile(path, png, 0o644); err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}
