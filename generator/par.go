package generator

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// parMap calls f for every item, at most jobs at once, and returns the results
// in the order of the items. The first error ends it.
func parMap[T, R any](ctx context.Context, jobs int, items []T, f func(context.Context, T) (R, error)) ([]R, error) {
	out := make([]R, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(jobs)
	for i, item := range items {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			r, err := f(ctx, item)
			out[i] = r
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}
