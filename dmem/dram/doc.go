// Package dram simulates DRAM and its memory controller, cycle by cycle in effect and from
// event to event in fact. It completes every request in exactly the memory cycle in which
// DRAMSim2 (revision 753819a) completes it, in every configuration that program's files can
// express, and is many times faster.
package dram
