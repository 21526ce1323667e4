package main

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// today returns a time on the day of the clock: today(11, 39).
func today(hour, minute int) time.Time {
	return time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC)
}

// ago returns a time n days before the clock.
func ago(days, hour, minute int) time.Time { return today(hour, minute).AddDate(0, 0, -days) }

// The apps of Ondavia. Requests and usage are those of one pod.
var (
	session   = app{ns: "playback", name: "playback-session", part: "playback", image: "registry.ondavia.example/playback/session", port: 8080, cpu: "500m", mem: "512Mi", limit: "900Mi", cpuUse: 290, memUse: 410, secret: "session-signing", init: "migrate", sidecar: "otel", created: ago(611, 9, 20)}
	sweeper   = app{ns: "playback", name: "session-sweeper", part: "playback", image: "registry.ondavia.example/playback/session", cpu: "100m", mem: "128Mi", limit: "256Mi", cpuUse: 60, memUse: 70, created: ago(611, 9, 20)}
	gateway   = app{ns: "playback", name: "playback-gateway", part: "playback", image: "registry.ondavia.example/playback/gateway", port: 8443, cpu: "1", mem: "1Gi", limit: "1536Mi", cpuUse: 610, memUse: 700, sidecar: "otel", created: ago(720, 8, 0)}
	devices   = app{ns: "playback", name: "device-registry", part: "playback", image: "registry.ondavia.example/playback/devices", port: 8080, cpu: "250m", mem: "384Mi", limit: "512Mi", cpuUse: 80, memUse: 260, secret: "device-db", created: ago(500, 13, 5)}
	queue     = app{ns: "playback", name: "queue-store", part: "playback", image: "registry.ondavia.example/playback/queue", port: 9090, cpu: "250m", mem: "512Mi", limit: "768Mi", cpuUse: 90, memUse: 330, created: ago(480, 10, 0)}
	cast      = app{ns: "playback", name: "cast-bridge", part: "playback", image: "registry.ondavia.example/playback/cast", port: 8009, cpu: "200m", mem: "256Mi", limit: "512Mi", cpuUse: 60, memUse: 150, created: ago(350, 10, 0)}
	redis     = app{ns: "playback", name: "session-redis", part: "playback", image: "registry.ondavia.example/base/redis", container: "redis", port: 6379, cpu: "500m", mem: "4Gi", limit: "4Gi", cpuUse: 220, memUse: 2900, created: ago(611, 9, 0)}
	scrobbler = app{ns: "playback", name: "legacy-scrobbler", id: "-", part: "playback", image: "registry.ondavia.example/old/scrobbler", port: 8080, cpu: "500m", mem: "1Gi", cpuUse: 4, memUse: 180, created: ago(1460, 15, 12)}

	tracks  = app{ns: "catalog", name: "track-catalog", part: "track-catalog", image: "registry.ondavia.example/catalog/api", port: 8080, cpu: "750m", mem: "1Gi", limit: "2Gi", cpuUse: 340, memUse: 800, secret: "catalog-db", init: "warm-cache", created: ago(690, 11, 0)}
	search  = app{ns: "catalog", name: "catalog-search", part: "track-catalog", image: "registry.ondavia.example/catalog/search", port: 9200, cpu: "2", mem: "8Gi", limit: "8Gi", cpuUse: 900, memUse: 6100, created: ago(400, 11, 0)}
	indexer = app{ns: "catalog", name: "catalog-indexer", part: "track-catalog", image: "registry.ondavia.example/catalog/indexer", cpu: "2", mem: "2Gi", limit: "4Gi", cpuUse: 1300, memUse: 1500, created: ago(400, 11, 30)}

	checkout = app{ns: "payments", name: "checkout-api", part: "payments", image: "registry.ondavia.example/payments/checkout", port: 8080, cpu: "500m", mem: "768Mi", limit: "1Gi", cpuUse: 120, memUse: 480, secret: "psp-credentials", created: ago(540, 9, 0)}
	tax      = app{ns: "payments", name: "checkout-tax", part: "payments", image: "registry.ondavia.example/payments/tax", port: 8080, cpu: "250m", mem: "512Mi", limit: "768Mi", cpuUse: 70, memUse: 300, surge: "0", created: ago(310, 9, 0)}
	receipts = app{ns: "payments", name: "receipt-mailer", part: "payments", image: "registry.ondavia.example/payments/receipts", cpu: "100m", mem: "256Mi", limit: "384Mi", cpuUse: 30, memUse: 140, strategy: "Recreate", created: ago(310, 9, 30)}
	ledger   = app{ns: "royalties", name: "royalty-ledger", part: "royalties", image: "registry.ondavia.example/royalties/ledger", port: 8080, cpu: "1", mem: "1Gi", limit: "2Gi", cpuUse: 420, memUse: 1400, secret: "ledger-db", init: "check-schema", created: ago(800, 9, 0)}
	backfill = app{ns: "royalties", name: "royalty-backfill", id: "royalty-ledger", part: "royalties", image: "registry.ondavia.example/royalties/ledger", cpu: "1", mem: "2Gi", limit: "4Gi", created: ago(5, 6, 0)}
	payouts  = app{ns: "royalties", name: "payout-planner", part: "royalties", image: "registry.ondavia.example/royalties/planner", cpu: "500m", mem: "1Gi", limit: "2Gi", created: ago(420, 9, 0)}

	mixes    = app{ns: "recommendation", name: "daily-mix-planner", part: "recommendation", image: "registry.ondavia.example/reco/mixes", port: 8080, cpu: "1", mem: "2Gi", limit: "3Gi", cpuUse: 600, memUse: 1500, created: ago(260, 14, 0)}
	features = app{ns: "recommendation", name: "taste-features", part: "recommendation", image: "registry.ondavia.example/reco/features", cpu: "4", mem: "8Gi", limit: "12Gi", created: ago(260, 15, 0)}
	decider  = app{ns: "ads", name: "ad-decider", part: "ad-serving", image: "registry.ondavia.example/ads/decider", port: 8080, cpu: "500m", mem: "512Mi", limit: "1Gi", cpuUse: 210, memUse: 300, secret: "ad-keys", strategy: "Recreate", created: ago(330, 10, 0)}
	insights = app{ns: "ads", name: "ad-insights", part: "ad-serving", image: "registry.ondavia.example/ads/insights", port: 3000, cpu: "100m", mem: "256Mi", cpuUse: 10, memUse: 120, strategy: "Recreate", created: ago(330, 10, 30)}

	feeds   = app{ns: "podcasts", name: "podcast-feeds", part: "podcasts", image: "registry.ondavia.example/podcasts/feeds", port: 8080, cpu: "500m", mem: "512Mi", limit: "768Mi", cpuUse: 150, memUse: 310, created: ago(220, 10, 0)}
	crawler = app{ns: "podcasts", name: "feed-crawler", part: "podcasts", image: "registry.ondavia.example/podcasts/crawler", cpu: "250m", mem: "256Mi", limit: "512Mi", cpuUse: 120, memUse: 180, created: ago(220, 10, 10)}
	refresh = app{ns: "podcasts", name: "feed-refresh", id: "feed-crawler", part: "podcasts", image: "registry.ondavia.example/podcasts/crawler", cpu: "500m", mem: "512Mi", limit: "1Gi", cpuUse: 300, memUse: 300, created: ago(220, 10, 10)}
	aligner = app{ns: "lyrics", name: "lyrics-aligner", part: "lyrics", image: "registry.ondavia.example/lyrics/aligner", port: 8080, cpu: "1", mem: "2Gi", limit: "3Gi", cpuUse: 700, memUse: 1600, created: ago(60, 10, 0)}
	lyrics  = app{ns: "lyrics", name: "lyrics-sync", part: "lyrics", image: "registry.ondavia.example/lyrics/sync", port: 8080, cpu: "250m", mem: "384Mi", limit: "512Mi", cpuUse: 90, memUse: 240, created: ago(150, 10, 0)}

	signer = app{ns: "delivery", name: "stream-url-signer", part: "delivery", image: "registry.ondavia.example/delivery/signer", port: 8080, cpu: "1", mem: "256Mi", limit: "512Mi", cpuUse: 560, memUse: 120, secret: "url-signing", created: ago(700, 10, 0)}
	edge   = app{ns: "delivery", name: "edge-cache", part: "delivery", image: "registry.ondavia.example/delivery/edge", port: 8081, cpu: "500m", mem: "2Gi", limit: "2Gi", cpuUse: 260, memUse: 1700, created: ago(365, 10, 0)}

	player  = app{ns: "web", name: "web-player", image: "registry.ondavia.example/web/player", port: 3000, cpu: "100m", mem: "128Mi", limit: "256Mi", cpuUse: 20, memUse: 80, created: ago(600, 10, 0)}
	concert = app{ns: "web", name: "concert-embed", image: "registry.ondavia.example/web/concert", port: 3000, cpu: "100m", mem: "128Mi", limit: "256Mi", created: ago(900, 10, 0)}

	portal = app{ns: "platform", name: "portolan", part: "platform", image: "registry.ondavia.example/platform/portolan", cpu: "1", mem: "256Mi", limit: "512Mi", cpuUse: 400, memUse: 120, created: ago(40, 10, 0)}
	debug  = app{ns: "sandbox", name: "debug-proxy", id: "-", image: "registry.ondavia.example/tools/proxy", port: 8080, cpu: "100m", mem: "64Mi", cpuUse: 1, memUse: 20, created: ago(12, 16, 44)}
)

// world returns the fleet: four clusters in three regions.
func world() []*cluster {
	return []*cluster{eu1(), eu2(), us1(), asia1()}
}

// eu1 is healthy for the most part. It holds what runs only once.
func eu1() *cluster {
	c := newCluster("eu-1", "v1.34.2", today(11, 58))
	c.took = "2.1s"
	c.deployment(session, ready("2026.9.3", 118, 8, ago(4, 14, 5)))
	c.autoscaler(session, scaler{min: 6, max: 20, current: 8, desired: 8, cpu: 58, target: 65, scaled: today(7, 10)})
	c.budget(session, 6, 8, 8)
	c.cronJob(sweeper, "2026.9.3", "*/10 * * * *", "", batchv1.ForbidConcurrent, false, today(11, 50), today(11, 50),
		run{at: today(11, 30), took: 48 * time.Second}, run{at: today(11, 40), took: 51 * time.Second}, run{at: today(11, 50), took: 44 * time.Second})
	c.statefulSet(redis, "7.4.2", 3, ago(60, 9, 0), "20Gi", nil, nil)
	c.deployment(gateway, ready("12.4.0", 64, 6, ago(2, 10, 12)))
	c.autoscaler(gateway, scaler{min: 4, max: 16, current: 6, desired: 6, cpu: 61, target: 70, rps: "410", rpsTarget: "600", scaled: today(6, 55)})
	c.ingress(gateway, "playback-gateway", "play.ondavia.example", "/", "playback-gateway")
	c.ingress(session, "playback-session", "sessions.ondavia.example", "/v3", "playback-session")
	c.deployment(devices, ready("3.2.1", 41, 3, ago(20, 9, 30)))
	c.deployment(queue, ready("5.0.4", 22, 3, ago(9, 13, 40)))
	c.autoscaler(queue, scaler{min: 3, max: 12, current: 3, desired: 3, cpu: 31, target: 70, limited: "TooFewReplicas", since: ago(9, 14, 0), scaled: ago(9, 14, 0)})
	c.deployment(cast, ready("1.14.0", 17, 2, ago(33, 11, 0)))
	c.budget(cast, 2, 2, 2)

	c.deployment(tracks, ready("4.18.0", 203, 6, ago(3, 9, 48)))
	c.autoscaler(tracks, scaler{min: 4, max: 18, current: 6, desired: 6, cpu: 45, target: 60, scaled: ago(1, 19, 2)})
	c.ingress(tracks, "track-catalog", "catalog.ondavia.example", "/graphql", "track-catalog")
	c.statefulSet(search, "2.19.1", 3, ago(21, 8, 0), "400Gi", nil, nil)
	c.deployment(indexer, ready("4.18.0", 88, 2, ago(3, 9, 50)))

	c.deployment(checkout, ready("6.2.0", 97, 4, ago(6, 8, 30)))
	c.autoscaler(checkout, scaler{min: 4, max: 4, current: 4, desired: 4, cpu: 24, target: 60})
	c.budget(checkout, 4, 4, 4)
	c.ingress(checkout, "checkout-api", "checkout.ondavia.example", "/", "checkout-api")
	c.deployment(tax, ready("8.13.2", 55, 3, ago(15, 10, 0)))
	c.deployment(receipts, release{version: "2.8.0", revision: 20, deployed: today(9, 48), want: 2, stuck: today(9, 58), broken: today(9, 48), groups: []group{
		{count: 2, state: crashLoop(today(9, 48), today(11, 56), 3, 29, "Error")}}})
	c.deployment(ledger, ready("2026.2.4", 31, 3, ago(10, 7, 30)))
	c.cronJob(payouts, "2026.2.1", "0 3 * * *", "Europe/Berlin", batchv1.ForbidConcurrent, false, ago(2, 2, 0), ago(2, 2, 41),
		run{at: ago(3, 2, 0), took: 39 * time.Minute}, run{at: ago(2, 2, 0), took: 41 * time.Minute})

	c.deployment(mixes, ready("0.88.0", 140, 10, ago(1, 13, 17)))
	c.autoscaler(mixes, scaler{min: 4, max: 10, current: 10, desired: 10, cpu: 60, target: 65, scaled: today(7, 41)})
	c.deployment(decider, ready("1.91.3", 301, 6, ago(7, 10, 0)))
	c.autoscaler(decider, scaler{min: 3, max: 12, current: 6, desired: 6, cpu: 42, target: 60, scaled: today(8, 4)})
	c.deployment(feeds, ready("3.1.0", 44, 3, ago(17, 9, 0)))
	c.ingress(feeds, "podcast-feeds", "feeds.ondavia.example", "/", "podcast-feeds")
	c.deployment(crawler, ready("3.0.2", 29, 4, ago(26, 9, 0)))
	c.cronJob(refresh, "3.0.2", "*/20 * * * *", "", batchv1.ForbidConcurrent, false, today(11, 40), today(11, 40),
		run{at: today(11, 20), took: 6 * time.Minute}, run{at: today(11, 40), took: 7 * time.Minute})
	c.deployment(lyrics, ready("1.22.0", 37, 3, ago(5, 11, 0)))
	c.autoscaler(lyrics, scaler{min: 3, max: 9, current: 3, desired: 3, cpu: 34, target: 70, limited: "TooFewReplicas", since: ago(2, 23, 0), scaled: ago(2, 23, 0)})
	c.service(lyrics, "lyrics-sync-admin", map[string]string{"app.kubernetes.io/name": "lyrics-sync", "role": "admin"}, corev1.ServiceTypeClusterIP)

	c.canaryRollout(aligner, "0.5.0", "0.6.0", 4, 1, 1, 6, today(10, 5))
	c.certificate(queue, "queue.ondavia.example", today(8, 0))

	c.deployment(signer, ready("9.1.0", 72, 8, ago(13, 9, 0)))
	c.autoscaler(signer, scaler{min: 4, max: 24, current: 8, desired: 8, cpu: 56, target: 60, scaled: today(6, 20)})
	c.daemonSet(edge, "5.6.0", 5, ago(28, 9, 0), nil)

	// A rollout is under way: two of the new, one on its way, one of the old.
	c.deployment(player, release{version: "2026.3.2", revision: 412, deployed: today(11, 56), want: 3, rolling: true, groups: []group{
		{count: 2, state: running}, {count: 1, state: creating, born: today(11, 57)}, {version: "2026.2.27", count: 1, state: running, born: ago(3, 15, 2)}}})
	c.ingress(player, "web-player", "listen.ondavia.example", "/", "web-player")
	c.deployment(concert, release{version: "1.0.9", revision: 12, deployed: ago(200, 9, 0)})
	c.autoscaler(concert, scaler{min: 1, max: 3, target: 70, disabled: true, since: ago(45, 9, 0)})

	c.cronJob(portal, "0.1.0", "*/15 * * * *", "", batchv1.ForbidConcurrent, false, today(11, 45), today(11, 45),
		run{at: today(11, 30), took: 21 * time.Second}, run{at: today(11, 45), took: 19 * time.Second})
	c.pod(debug, "latest", "debug-proxy", debug.selector(), noOwner, ago(12, 16, 44), running)
	c.quota("payments", map[string]string{"requests.cpu": "12", "requests.memory": "24Gi", "pods": "40"}, map[string]string{"requests.cpu": "2950m", "requests.memory": "5Gi", "pods": "9"})
	return c
}

// eu2 has a bad morning: it lost 8 of 42 nodes at 11:31, since 11:36 there is no
// room for the pods that ran there, and releases went wrong at the same time.
func eu2() *cluster {
	c := newCluster("eu-2", "v1.34.2", today(11, 58))
	c.took = "5.7s"
	c.deny("resourcequotas", "")
	const noCPU = "0/42 nodes are available: 34 Insufficient cpu, 8 node(s) had untolerated taint {node.kubernetes.io/unreachable: }. preemption: 0/42 nodes are available: 34 No preemption victims found for incoming pod, 8 Preemption is not helpful for scheduling."

	c.deployment(session, release{version: "2026.10.0", revision: 119, deployed: today(11, 39), want: 6, stuck: today(11, 49), groups: []group{
		{count: 3, state: crashLoop(today(11, 39), today(11, 57), 1, 8, "Error")},
		{version: "2026.9.3", count: 5, state: running, born: ago(4, 14, 20)}}})
	c.autoscaler(session, scaler{min: 6, max: 20, current: 6, desired: 6, cpu: 63, target: 65, scaled: today(7, 12)})
	c.budget(session, 5, 5, 6)
	c.statefulSet(redis, "7.4.2", 3, ago(60, 9, 20), "20Gi", nil, nil)
	c.deployment(gateway, ready("12.4.0", 61, 5, ago(2, 10, 25)))
	c.autoscaler(gateway, scaler{min: 4, max: 16, current: 5, desired: 5, cpu: 57, target: 70, rps: "385", rpsTarget: "600", scaled: today(7, 1)})
	c.ingress(gateway, "playback-gateway", "play.ondavia.example", "/", "playback-gateway")
	c.ingress(session, "playback-session", "sessions.ondavia.example", "/v3", "playback-session")
	c.deployment(devices, ready("3.2.1", 39, 3, ago(20, 9, 45)))
	c.deployment(queue, ready("5.0.4", 22, 3, ago(9, 13, 55)))
	c.autoscaler(queue, scaler{min: 3, max: 12, current: 3, desired: 3, cpu: 28, target: 70, limited: "TooFewReplicas", since: ago(9, 14, 15), scaled: ago(9, 14, 15)})
	c.deployment(scrobbler, ready("1.3", 4, 2, ago(900, 10, 0)))

	c.deployment(tracks, ready("4.18.0", 198, 5, ago(3, 10, 4)))
	c.autoscaler(tracks, scaler{min: 4, max: 18, current: 5, desired: 5, cpu: 49, target: 60, scaled: ago(1, 19, 10)})
	c.ingress(tracks, "track-catalog", "catalog.ondavia.example", "/graphql", "track-catalog")
	c.statefulSet(search, "2.19.1", 3, ago(21, 8, 30), "400Gi",
		map[int]state{2: unschedulable("0/42 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/42 nodes are available: 42 Preemption is not helpful for scheduling.")},
		map[int]time.Time{2: today(9, 12)})
	c.deployment(indexer, release{version: "4.18.0", revision: 85, deployed: ago(3, 10, 10), want: 2, broken: today(11, 36), groups: []group{
		{count: 1, state: running}, {count: 1, state: unschedulable(noCPU), born: today(11, 36)}}})

	c.deployment(tax, release{version: "8.14.0", revision: 56, deployed: today(9, 1), want: 3, stuck: today(9, 11), groups: []group{
		{count: 1, state: imageNotFound}, {version: "8.13.2", count: 3, state: running, born: ago(15, 10, 20)}}})

	c.deployment(mixes, release{version: "0.88.0", revision: 133, deployed: ago(1, 13, 31), want: 8, broken: today(11, 36), groups: []group{
		{count: 5, state: running}, {count: 3, state: unschedulable(noCPU), born: today(11, 36)}}})
	c.autoscaler(mixes, scaler{min: 4, max: 20, current: 8, desired: 8, target: 65, since: today(11, 20), scaled: today(10, 58),
		blind: "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API"})
	c.deployment(decider, release{version: "1.92.0", revision: 287, deployed: today(11, 35), want: 3, stuck: today(11, 45), broken: today(11, 35), groups: []group{
		{count: 3, state: secretMissing("ad-keys")}}})
	c.deployment(feeds, release{version: "3.1.0", revision: 41, deployed: ago(17, 9, 15), want: 3, broken: today(11, 37), groups: []group{
		{count: 2, state: running}, {count: 1, state: unschedulable(noCPU), born: today(11, 37)},
		{count: 1, state: terminating(today(11, 31), today(11, 36))}}})
	c.ingress(feeds, "podcast-feeds", "feeds.ondavia.example", "/", "podcast-feeds")
	c.deployment(lyrics, release{version: "1.22.0", revision: 37, deployed: ago(5, 11, 10), want: 3, broken: today(11, 41), groups: []group{
		{count: 1, state: running}, {count: 2, state: notReady(today(11, 41))}}})
	c.deployment(signer, release{version: "9.1.0", revision: 70, deployed: ago(13, 9, 15), want: 8, broken: today(11, 36), groups: []group{
		{count: 5, state: running}, {count: 3, state: unschedulable(noCPU), born: today(11, 36)},
		{count: 3, state: terminating(today(11, 31), today(11, 36))}}})
	c.autoscaler(signer, scaler{min: 4, max: 24, current: 8, desired: 8, cpu: 88, target: 60, scaled: today(10, 36)})
	c.daemonSet(edge, "5.6.0", 5, ago(28, 9, 30), map[int]state{3: nodeLost(today(11, 31))})
	return c
}

// us1 carries the evening of the Americas: autoscalers are at their limits, a
// ledger runs out of memory, and one release was left behind.
func us1() *cluster {
	c := newCluster("us-1", "v1.33.6", today(11, 57))
	c.took = "4.2s"
	c.deployment(session, ready("2026.9.3", 112, 12, ago(4, 15, 2)))
	c.autoscaler(session, scaler{min: 6, max: 12, current: 12, desired: 12, cpu: 96, target: 65, limited: "TooManyReplicas", since: today(10, 47), scaled: today(10, 46)})
	c.budget(session, 9, 12, 12)
	c.statefulSet(redis, "7.4.2", 3, ago(60, 10, 0), "20Gi", nil, nil)
	c.deployment(gateway, ready("12.4.0", 58, 11, ago(2, 11, 0)))
	c.autoscaler(gateway, scaler{min: 4, max: 12, current: 11, desired: 11, cpu: 69, target: 70, rps: "548", rpsTarget: "600", scaled: today(11, 12)})
	c.ingress(gateway, "playback-gateway", "play.ondavia.example", "/", "playback-gateway")
	c.ingress(session, "playback-session", "sessions.ondavia.example", "/v3", "playback-session")
	c.deployment(devices, release{version: "3.2.1", revision: 40, deployed: ago(20, 10, 0), want: 3, groups: []group{
		{count: 2, state: running}, {count: 1, state: restarted(today(11, 25), 1, 137, "Error")}}})
	c.deployment(queue, ready("5.0.4", 21, 3, ago(9, 14, 10)))
	c.autoscaler(queue, scaler{min: 3, max: 12, current: 3, desired: 3, cpu: 36, target: 70, limited: "TooFewReplicas", since: ago(9, 14, 30), scaled: ago(9, 14, 30)})
	c.deployment(cast, ready("1.14.0", 15, 2, ago(33, 11, 30)))
	c.budget(cast, 2, 2, 2)
	c.deployment(scrobbler, ready("1.3", 4, 1, ago(900, 11, 0)))

	c.deployment(tracks, ready("4.17.2", 195, 6, ago(16, 9, 0)))
	c.autoscaler(tracks, scaler{min: 4, max: 18, current: 6, desired: 6, cpu: 51, target: 60, scaled: ago(1, 22, 31)})
	c.ingress(tracks, "track-catalog", "catalog.ondavia.example", "/graphql", "track-catalog")
	c.statefulSet(search, "2.19.1", 3, ago(21, 9, 0), "400Gi", nil, nil)

	c.deployment(checkout, ready("6.2.0", 94, 4, ago(6, 9, 0)))
	c.budget(checkout, 3, 4, 4)
	c.ingress(checkout, "checkout-api", "checkout.ondavia.example", "/", "checkout-api")
	c.quota("payments", map[string]string{"requests.cpu": "2200m", "requests.memory": "8Gi", "pods": "20"}, map[string]string{"requests.cpu": "2080m", "requests.memory": "3328Mi", "pods": "5"})
	c.deployment(ledger, release{version: "2026.2.4", revision: 30, deployed: ago(10, 8, 0), want: 3, broken: today(10, 52), groups: []group{
		{count: 1, state: running}, {count: 2, state: crashLoop(today(10, 52), today(11, 55), 137, 19, "OOMKilled")}}})
	c.job(backfill, "2026.2.4", "royalty-backfill-2026-02", nil, run{at: ago(2, 6, 0), took: 34 * time.Minute, failed: true})

	c.deployment(mixes, ready("0.88.0", 129, 6, ago(1, 14, 0)))
	c.autoscaler(mixes, scaler{min: 4, max: 20, current: 6, desired: 6, cpu: 59, target: 65, scaled: today(9, 20)})
	c.cronJob(features, "0.41.0", "30 4 * * *", "", batchv1.ReplaceConcurrent, false, today(4, 30), ago(1, 6, 2),
		run{at: ago(1, 4, 30), took: 92 * time.Minute}, run{at: today(4, 30), took: 26 * time.Minute, failed: true})
	c.deployment(decider, ready("1.91.3", 280, 5, ago(7, 10, 30)))
	c.autoscaler(decider, scaler{min: 3, max: 12, current: 5, desired: 5, cpu: 47, target: 60, scaled: today(10, 2)})
	c.deployment(insights, release{version: "0.10.0", revision: 9, deployed: today(10, 20), want: 1, stuck: today(10, 30), broken: today(10, 20), groups: []group{
		{count: 1, state: waiting("RunContainerError", func(string) string {
			return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/server": stat /app/server: no such file or directory: unknown`
		})}}})
	c.ingress(insights, "ad-insights", "ads.ondavia.example", "/", "ad-insights")
	c.refusedRoute(insights, "advertisers.ondavia.example", today(10, 25))
	c.deployment(feeds, ready("3.1.0", 40, 3, ago(17, 9, 30)))
	c.deployment(crawler, release{version: "3.0.2", revision: 27, deployed: ago(26, 9, 30), want: 3, groups: []group{
		{count: 3, state: running}, {count: 1, state: evicted("The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8123Mi."), born: today(1, 40)}}})
	c.ingress(feeds, "podcast-feeds", "feeds.ondavia.example", "/", "podcast-feeds")
	c.ingress(feeds, "podcast-feeds-legacy", "rss.ondavia.example", "/", "podcast-feeds-legacy")
	c.cronJob(refresh, "3.0.2", "*/20 * * * *", "", batchv1.ForbidConcurrent, false, today(10, 20), today(10, 0),
		run{at: today(10, 0), took: 9 * time.Minute}, run{at: today(10, 20), active: true})
	c.fallback(crawler, 3, today(9, 30))
	c.deployment(lyrics, ready("1.22.0", 36, 3, ago(5, 11, 30)))
	c.autoscaler(lyrics, scaler{min: 3, max: 9, current: 3, desired: 3, cpu: 30, target: 70, limited: "TooFewReplicas", since: ago(3, 5, 0), scaled: ago(3, 5, 0)})

	c.deployment(signer, ready("9.1.0", 71, 10, ago(13, 10, 0)))
	c.autoscaler(signer, scaler{min: 4, max: 24, current: 10, desired: 10, cpu: 58, target: 60, scaled: today(10, 31)})
	c.daemonSet(edge, "5.6.0", 5, ago(28, 10, 0), nil)
	c.deployment(player, ready("2026.2.27", 405, 3, ago(3, 15, 30)))
	c.ingress(player, "web-player", "listen.ondavia.example", "/", "web-player")
	c.autoscaler(concert, scaler{min: 1, max: 3, target: 70, missing: true, since: ago(30, 9, 0)})
	return c
}

// asia1 has not answered since 08:52: what it shows is as old as that.
func asia1() *cluster {
	c := newCluster("asia-1", "v1.33.6", today(8, 52))
	c.took, c.stale = "3.0s", "dial tcp 10.83.0.10:443: i/o timeout"
	c.deny("poddisruptionbudgets", "policy")
	c.deployment(session, ready("2026.9.1", 103, 4, ago(11, 6, 0)))
	c.autoscaler(session, scaler{min: 3, max: 12, current: 4, desired: 4, cpu: 58, target: 65, scaled: today(3, 10)})
	c.statefulSet(redis, "7.4.2", 3, ago(61, 6, 0), "20Gi", nil, nil)
	c.deployment(gateway, ready("12.4.0", 50, 3, ago(2, 6, 12)))
	c.autoscaler(gateway, scaler{min: 3, max: 12, current: 3, desired: 3, cpu: 33, target: 70, limited: "TooFewReplicas", since: today(2, 0), rps: "190", rpsTarget: "600", scaled: today(2, 0)})
	c.ingress(gateway, "playback-gateway", "play.ondavia.example", "/", "playback-gateway")
	c.deployment(devices, ready("3.2.1", 33, 2, ago(20, 6, 30)))
	c.deployment(queue, ready("5.0.4", 18, 2, ago(9, 6, 40)))
	c.deployment(tracks, ready("4.18.0", 171, 3, ago(3, 6, 48)))
	c.autoscaler(tracks, scaler{min: 3, max: 12, current: 3, desired: 3, cpu: 40, target: 60, scaled: today(1, 2)})
	c.deployment(signer, ready("9.1.0", 60, 4, ago(13, 6, 0)))
	c.autoscaler(signer, scaler{min: 4, max: 24, current: 4, desired: 4, cpu: 31, target: 60, limited: "TooFewReplicas", since: today(2, 5), scaled: today(2, 5)})
	c.deployment(player, ready("2026.2.27", 398, 2, ago(3, 6, 0)))
	c.ingress(player, "web-player", "listen.ondavia.example", "/", "web-player")
	c.deployment(lyrics, ready("1.22.0", 30, 2, ago(5, 6, 0)))
	return c
}
