package dmem

import (
	"errors"
	"fmt"
)

// checkConservation compares the books of all parts at the end of a run, when nothing may
// be on its way any more. A contradiction is a fault of the simulator.
func (r *Rack) checkConservation() error {
	var errs []error
	equal := func(what string, got, want uint64) {
		if got != want {
			errs = append(errs, fmt.Errorf("dmem: broken invariant: %s: %d, want %d", what, got, want))
		}
	}
	var issued, remote, requests, served, responses, delivered uint64
	for i := range r.nodes {
		n := &r.nodes[i]
		issued += n.issued
		remote += n.remote
		requests += n.egress.Sent()
		delivered += n.output.Received()
		if !n.issuer.ended() {
			errs = append(errs, fmt.Errorf("dmem: broken invariant: node %d has records left to issue", i))
		}
		equal(fmt.Sprintf("node %d: accesses in flight", i), uint64(n.flights.live), 0)
		equal(fmt.Sprintf("node %d: accesses in the source queue", i), uint64(n.waiting.n), 0)
		equal(fmt.Sprintf("node %d: responses in the switch", i), uint64(n.output.Queued()), 0)
		pages := n.mmu.Stats()
		equal(fmt.Sprintf("node %d: pages mapped", i), pages.LocalPages+pages.RemotePages, pages.Faults)
	}
	for i := range r.pools {
		p := &r.pools[i]
		served += p.output.Received()
		responses += p.egress.Sent()
		equal(fmt.Sprintf("pool %d: requests in flight", i), p.inFlight, 0)
		equal(fmt.Sprintf("pool %d: requests in the switch", i), uint64(p.output.Queued()), 0)
	}
	equal("accesses completed", r.collect.all(), issued)
	equal("requests sent", requests, remote)
	equal("requests delivered", served, remote)
	equal("responses sent", responses, remote)
	equal("responses delivered", delivered, remote)
	return errors.Join(append(errs, r.manager.CheckConservation())...)
}
