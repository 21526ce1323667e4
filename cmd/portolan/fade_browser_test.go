package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A reader who clicks while a page fades in gets where the click says: the fade
// is one picture above everything, which takes no clicks itself.
func TestBrowserClickWhileFading(t *testing.T) {
	ctx := browser(t)
	base := examplePortal(t)
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	place := func(path string) [2]float64 {
		t.Helper()
		at, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
			const a = [...document.querySelectorAll(".tabs a")].find(a => a.pathname === %q), box = a.getBoundingClientRect();
			return [box.x + box.width/2, box.y + box.height/2];
		})()`, path)))
		if err != nil || len(at) != 2 {
			t.Fatalf("the tab of %s: %v %v", path, at, err)
		}
		return [2]float64{at[0], at[1]}
	}
	for _, wait := range []time.Duration{0, 30 * time.Millisecond, 90 * time.Millisecond} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(base+service), arrived(base, service)); err != nil {
			t.Fatal(err)
		}
		first, second := place(onClusters), place(service+"dependencies/")
		err := chromedp.Do(ctx,
			chromedp.MouseClickXY(first[0], first[1]), arrived(base, onClusters), chromedp.Sleep(wait),
			chromedp.MouseClickXY(second[0], second[1]), arrived(base, service+"dependencies/"),
		)
		if err != nil {
			t.Errorf("clicked %v after arriving: %v", wait, err)
		}
	}
}
