package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A state turns a healthy pod into one in some trouble. It gets a function that
// sets a condition of the pod.
type state func(c *cluster, p *corev1.Pod, set func(t corev1.PodConditionType, s corev1.ConditionStatus, since time.Time, reason, message string))

// running leaves the pod as it is.
var running state

func unready(p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string), since time.Time) {
	msg := fmt.Sprintf("containers with unready status: [%s]", p.Spec.Containers[0].Name)
	set(corev1.PodReady, corev1.ConditionFalse, since, "ContainersNotReady", msg)
	set(corev1.ContainersReady, corev1.ConditionFalse, since, "ContainersNotReady", msg)
	for i := range p.Status.ContainerStatuses {
		p.Status.ContainerStatuses[i].Ready = false
	}
}

// crashLoop is a container that ends with an exit code again and again.
func crashLoop(since, last time.Time, exit, restarts int32, reason string) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		unready(p, set, since)
		s := &p.Status.ContainerStatuses[0]
		s.RestartCount, s.Started = restarts, ptr(false)
		s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff",
			Message: fmt.Sprintf("back-off 5m0s restarting failed container=%s pod=%s_%s(%s)", s.Name, p.Name, p.Namespace, p.UID)}}
		s.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: exit, Reason: reason,
			Message:   "config: " + canary("termination", p.Name),
			StartedAt: stamp(last.Add(-4 * time.Second)), FinishedAt: stamp(last), ContainerID: s.ContainerID}}
	}
}

// restarted is a container that runs again after an end some time ago.
func restarted(at time.Time, times, exit int32, reason string) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		s := &p.Status.ContainerStatuses[0]
		s.RestartCount = times
		s.State.Running.StartedAt = stamp(at.Add(3 * time.Second))
		s.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: exit, Reason: reason,
			StartedAt: p.CreationTimestamp, FinishedAt: stamp(at), ContainerID: s.ContainerID}}
		set(corev1.PodReady, corev1.ConditionTrue, at.Add(12*time.Second), "", "")
		set(corev1.ContainersReady, corev1.ConditionTrue, at.Add(12*time.Second), "", "")
	}
}

// waiting is a container that never started.
func waiting(reason string, message func(image string) string) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		unready(p, set, p.CreationTimestamp.Time)
		p.Status.Phase = corev1.PodPending
		s := &p.Status.ContainerStatuses[0]
		s.ImageID, s.ContainerID, s.Started = "", "", ptr(false)
		s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message(p.Spec.Containers[0].Image)}}
	}
}

// imageNotFound is a tag that the registry does not know.
var imageNotFound = waiting("ImagePullBackOff", func(image string) string {
	return fmt.Sprintf("Back-off pulling image %q: ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image %q: failed to resolve reference %q: %s: not found", image, image, image, image)
})

// secretMissing is a Secret that the container needs and that is not there.
func secretMissing(name string) state {
	return waiting("CreateContainerConfigError", func(string) string { return fmt.Sprintf("secret %q not found", name) })
}

// creating is a pod that has just been placed.
var creating = waiting("ContainerCreating", func(string) string { return "" })

// unschedulable is a pod without a node.
func unschedulable(message string) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		p.Status = corev1.PodStatus{Phase: corev1.PodPending, QOSClass: corev1.PodQOSBurstable}
		p.Spec.NodeName = ""
		set(corev1.PodScheduled, corev1.ConditionFalse, p.CreationTimestamp.Time, corev1.PodReasonUnschedulable, message)
	}
}

// notReady is a pod that runs and fails its readiness probe.
func notReady(since time.Time) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		unready(p, set, since)
	}
}

// nodeLost is a pod whose node does not report any more.
func nodeLost(since time.Time) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		p.Status.Reason = "NodeLost"
		p.Status.Message = fmt.Sprintf("Node %s which was running pod %s is unresponsive", p.Spec.NodeName, p.Name)
		set(corev1.PodReady, corev1.ConditionUnknown, since, "NodeStatusUnknown", "Kubelet stopped posting node status.")
		set(corev1.ContainersReady, corev1.ConditionUnknown, since, "NodeStatusUnknown", "Kubelet stopped posting node status.")
	}
}

// terminating is a pod that was deleted with its lost node and cannot go.
func terminating(lost, deleted time.Time) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		nodeLost(lost)(c, p, set)
		p.DeletionTimestamp = ptr(stamp(deleted.Add(30 * time.Second)))
		p.DeletionGracePeriodSeconds = ptr(int64(30))
		set(corev1.DisruptionTarget, corev1.ConditionTrue, deleted, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
	}
}

// evicted is a pod that its node threw out.
func evicted(message string) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		start := p.Status.StartTime
		p.Status = corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted", Message: message, QOSClass: corev1.PodQOSBurstable, StartTime: start}
		set(corev1.DisruptionTarget, corev1.ConditionTrue, start.Add(2*time.Hour), "TerminationByKubelet", message)
	}
}

func ended(at time.Time, exit int32, phase corev1.PodPhase, reason string) state {
	return func(c *cluster, p *corev1.Pod, set func(corev1.PodConditionType, corev1.ConditionStatus, time.Time, string, string)) {
		why := "PodCompleted"
		if exit != 0 {
			why = "PodFailed"
		}
		unready(p, set, at)
		set(corev1.PodReady, corev1.ConditionFalse, at, why, "")
		set(corev1.ContainersReady, corev1.ConditionFalse, at, why, "")
		p.Status.Phase = phase
		s := &p.Status.ContainerStatuses[0]
		s.Started = ptr(false)
		s.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: exit, Reason: reason, StartedAt: stamp(p.CreationTimestamp.Add(4 * time.Second)), FinishedAt: stamp(at), ContainerID: s.ContainerID}}
	}
}

// succeeded is the pod of a Job that has done its work.
func succeeded(at time.Time) state { return ended(at, 0, corev1.PodSucceeded, "Completed") }

// failed is the pod of a Job that ended with an error.
func failed(at time.Time, exit int32) state { return ended(at, exit, corev1.PodFailed, "Error") }
