package site

// The pages about what runs: each function returns one family of pages.

func kubernetesPages(*Portal) []Page { return nil }

func clusterPages(*Portal) []Page { return nil }

func brokenPages(*Portal) []Page { return nil }

func scalingPages(*Portal) []Page { return nil }

func buildPages(*Portal) []Page { return nil }

func teamPages(*Portal) []Page { return nil }

func systemPages(*Portal) []Page { return nil }
