/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The synthetic interrupt controller: a page of message slots and a page of
 * event flags for each CPU, and the one interrupt by which both are announced.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/kmem.h>
#include <sys/cpuvar.h>
#include <sys/proc.h>
#include <sys/thread.h>

#include <sys/atomic.h>
#include <sys/x86_archext.h>
#include <sys/avintr.h>
#include <sys/archsystm.h>
#include <sys/disp.h>
#include <sys/errno.h>
#include <sys/reboot.h>
#include <sys/taskq.h>
#include <hvsample/bsd/bsd_cpu.h>
#include <hvsample/bsd/bsd_malloc.h>
#include <hvsample/bsd/bsd_taskqueue.h>

#include <hvsample/vmbus/hvs_var.h>

/* hvs_vector.S */
static uint_t hvs_interrupt_avintr(caddr_t, caddr_t);

static void	hvs_synic_enable(void *);
static void	hvs_synic_disable(void *);
static void	hvs_message_task(void *, int);

/*
 * Allocate what every CPU needs, find a vector, and switch the controllers on.
 * What has been done when it fails is undone by hvs_synic_stop().
 */
int
hvs_synic_start(struct hvs_softc *sc)
{
	struct hvs_cpu *pc;
	cpuset_t only;
	int cpu, error;

	sc->hs_cpu = bsd_zalloc(sizeof (struct hvs_cpu) * ((max_ncpus - 1) + 1),
	    KM_SLEEP);

	for (cpu = 0; cpu < max_ncpus; cpu++) {
		pc = &sc->hs_cpu[cpu];
		pc->pc_bus = sc;
		pc->pc_cpu = cpu;

		error = hvs_dma_alloc(sc->hs_dev, PAGESIZE, PAGESIZE,
		    &pc->pc_message_dma);
		if (error != 0)
			return (error);
		error = hvs_dma_alloc(sc->hs_dev, PAGESIZE, PAGESIZE,
		    &pc->pc_event_dma);
		if (error != 0)
			return (error);
		pc->pc_messages = pc->pc_message_dma.dm_addr;
		pc->pc_events = pc->pc_event_dma.dm_addr;

		/*
		 * A CPU's own thread takes the messages out of its page: the
		 * slot is handed back by an MSR of that CPU.
		 */
		TASK_INIT(&pc->pc_message_task, 0, hvs_message_task, pc);
		pc->pc_tq = taskq_create("hvs_message", 1, maxclsyspri, 1,
		    INT_MAX, 0);
		CPUSET_ONLY(only, cpu);
		bsd_taskq_bind(pc->pc_tq, &only);
	}

	if (bsd_intr_vector_alloc(hvs_interrupt_avintr, NULL,
	    "hvsample", &sc->hs_vector) != 0)
		sc->hs_vector = -1;
	if (sc->hs_vector < 0) {
		dev_err(sc->hs_dev, CE_NOTE, "no interrupt vector is free");
		return (ENXIO);
	}
	if (boothowto & RB_VERBOSE) {
		dev_err(sc->hs_dev, CE_CONT, "?interrupt vector %d\n",
		    sc->hs_vector);
	}

	bsd_smp_rendezvous(NULL, hvs_synic_enable, NULL, sc);
	sc->hs_state |= HVS_BUS_SYNIC;
	return (0);
}

void
hvs_synic_stop(struct hvs_softc *sc)
{
	struct hvs_cpu *pc;
	int cpu;

	if ((sc->hs_state & HVS_BUS_SYNIC) != 0) {
		bsd_smp_rendezvous(NULL, hvs_synic_disable, NULL, sc);
		sc->hs_state &= ~HVS_BUS_SYNIC;
	}
	if (sc->hs_vector >= 0) {
		bsd_intr_vector_free(hvs_interrupt_avintr, sc->hs_vector);
		sc->hs_vector = -1;
	}
	if (sc->hs_cpu == NULL)
		return;

	for (cpu = 0; cpu < max_ncpus; cpu++) {
		pc = &sc->hs_cpu[cpu];
		if (pc->pc_tq != NULL) {
			taskqueue_drain(pc->pc_tq, &pc->pc_message_task);
			taskq_destroy(pc->pc_tq);
		}
		hvs_dma_free(&pc->pc_message_dma);
		hvs_dma_free(&pc->pc_event_dma);
	}
	bsd_free(sc->hs_cpu);
	sc->hs_cpu = NULL;
}

/* Runs on every CPU at the same time, with interrupts off. */
static void
hvs_synic_enable(void *arg)
{
	struct hvs_softc *sc = arg;
	struct hvs_cpu *pc = &sc->hs_cpu[CPU->cpu_id];
	uint64_t msr;

	if ((hvs_features & HVS_FEATURE_VPINDEX) != 0)
		pc->pc_vcpu = rdmsr(HVS_MSR_VP_INDEX);

	msr = rdmsr(HVS_MSR_SIMP) & HVS_MSR_PAGE_KEEP;
	wrmsr(HVS_MSR_SIMP,
	    msr | pc->pc_message_dma.dm_busaddr | HVS_MSR_ENABLE);

	msr = rdmsr(HVS_MSR_SIEFP) & HVS_MSR_PAGE_KEEP;
	wrmsr(HVS_MSR_SIEFP,
	    msr | pc->pc_event_dma.dm_busaddr | HVS_MSR_ENABLE);

	msr = rdmsr(HVS_MSR_SINT(HVS_SOURCE)) & HVS_SINT_KEEP;
	wrmsr(HVS_MSR_SINT(HVS_SOURCE),
	    msr | HVS_SINT_AUTO_EOI | sc->hs_vector);

	msr = rdmsr(HVS_MSR_SCONTROL);
	wrmsr(HVS_MSR_SCONTROL, msr | HVS_MSR_ENABLE);
}

static void
hvs_synic_disable(void *arg __unused)
{
	uint64_t msr;

	msr = rdmsr(HVS_MSR_SCONTROL);
	wrmsr(HVS_MSR_SCONTROL, msr & ~HVS_MSR_ENABLE);

	msr = rdmsr(HVS_MSR_SINT(HVS_SOURCE));
	wrmsr(HVS_MSR_SINT(HVS_SOURCE), msr | HVS_SINT_MASKED);

	msr = rdmsr(HVS_MSR_SIMP);
	wrmsr(HVS_MSR_SIMP, msr & HVS_MSR_PAGE_KEEP);

	msr = rdmsr(HVS_MSR_SIEFP);
	wrmsr(HVS_MSR_SIEFP, msr & HVS_MSR_PAGE_KEEP);
}

/*
 * The interrupt, called by the stub with interrupts off.  The controller does
 * the end of interrupt by itself.
 */
void
hvs_interrupt(struct regs *frame __unused)
{
	struct hvs_softc *sc = hvs_bus;
	struct hvs_cpu *pc = &sc->hs_cpu[CPU->cpu_id];
	volatile struct hvs_message *slot;
	struct hvs_events *events;

	kpreempt_disable();
	pc->pc_intrs++;

	/*
	 * Since protocol 2.4 a channel has its own event flag.  Before, the
	 * one flag says that there is something in the shared page.
	 */
	events = &pc->pc_events[HVS_SOURCE];
	if (sc->hs_protocol >= HVS_PROTOCOL_2012) {
		hvs_channel_events(sc, events->ev_word, HVS_EVENT_WORDS);
	} else if ((sc->hs_state & HVS_BUS_CONNECTED) != 0 &&
	    atomic_swap_ulong(&events->ev_word[0], 0) != 0) {
		hvs_channel_events(sc, sc->hs_shared.dm_addr,
		    HVS_SHARED_CHANNELS / (NBBY * sizeof (ulong_t)));
	}

	slot = &pc->pc_messages[HVS_SOURCE];
	if (slot->hm_type != HVS_MESSAGE_NONE)
		taskqueue_enqueue(pc->pc_tq, &pc->pc_message_task);
	kpreempt_enable();
}

/*
 * Take messages out of the slot until there is none.
 */
static void
hvs_message_task(void *arg, int pending __unused)
{
	struct hvs_cpu *pc = arg;
	volatile struct hvs_message *slot = &pc->pc_messages[HVS_SOURCE];
	uint8_t payload[HVS_MESSAGE_PAYLOAD];
	uint32_t type;
	size_t size;

	ASSERT(CPU->cpu_id == pc->pc_cpu);

	while ((type = slot->hm_type) != HVS_MESSAGE_NONE) {
		size = MIN(slot->hm_size, sizeof (payload));
		memcpy(payload, (void *)(uintptr_t)slot->hm_payload, size);

		/*
		 * Free the slot, and only then see whether more is waiting:
		 * the host sets the flag where it finds the slot taken.
		 */
		slot->hm_type = HVS_MESSAGE_NONE;
		membar_enter();
		if ((slot->hm_flags & HVS_MESSAGE_PENDING) != 0)
			wrmsr(HVS_MSR_EOM, 0);

		if (type == HVS_MESSAGE_CHANNEL)
			hvs_bus_message(pc->pc_bus, payload, size);
	}
}

/* Interrupts on all CPUs so far. */
ulong_t
hvs_synic_intrs(struct hvs_softc *sc)
{
	ulong_t sum = 0;
	int cpu;

	if (sc->hs_cpu == NULL)
		return (0);
	for (cpu = 0; cpu < max_ncpus; cpu++) {
		sum += sc->hs_cpu[cpu].pc_intrs;
	}
	return (sum);
}

/*
 * The interrupt as add_avintr() enters it, on the processor that it came to.
 */
/* ARGSUSED */
static uint_t
hvs_interrupt_avintr(caddr_t arg1, caddr_t arg2)
{
	hvs_interrupt(NULL);
	return (DDI_INTR_CLAIMED);
}
