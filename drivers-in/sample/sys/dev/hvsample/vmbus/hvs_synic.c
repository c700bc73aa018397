/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The synthetic interrupt controller: a page of message slots and a page of
 * event flags for each CPU, and the one interrupt by which both are announced.
 */

#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/cpuset.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/pcpu.h>
#include <sys/proc.h>
#include <sys/smp.h>

#include <machine/atomic.h>
#include <machine/cpufunc.h>
#include <machine/intr_machdep.h>
#include <machine/md_var.h>
#include <x86/include/apicvar.h>

#include <dev/hvsample/vmbus/hvs_var.h>

/* hvs_vector.S */
extern inthand_t IDTVEC(hvs_intr), IDTVEC(hvs_intr_pti);

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

	sc->hs_cpu = malloc(sizeof(struct hvs_cpu) * (mp_maxid + 1), M_HVS,
	    M_WAITOK | M_ZERO);

	CPU_FOREACH(cpu) {
		pc = &sc->hs_cpu[cpu];
		pc->pc_bus = sc;
		pc->pc_cpu = cpu;

		error = hvs_dma_alloc(sc->hs_dev, PAGE_SIZE, PAGE_SIZE,
		    &pc->pc_message_dma);
		if (error != 0)
			return (error);
		error = hvs_dma_alloc(sc->hs_dev, PAGE_SIZE, PAGE_SIZE,
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
		pc->pc_tq = taskqueue_create_fast("hvs message", M_WAITOK,
		    taskqueue_thread_enqueue, &pc->pc_tq);
		CPU_SETOF(cpu, &only);
		taskqueue_start_threads_cpuset(&pc->pc_tq, 1, PI_NET, &only,
		    "hvs message cpu%d", cpu);
	}

	sc->hs_vector = lapic_ipi_alloc(pti ? IDTVEC(hvs_intr_pti) :
	    IDTVEC(hvs_intr));
	if (sc->hs_vector < 0) {
		device_printf(sc->hs_dev, "no interrupt vector is free\n");
		return (ENXIO);
	}
	if (bootverbose) {
		device_printf(sc->hs_dev, "interrupt vector %d\n",
		    sc->hs_vector);
	}

	smp_rendezvous(NULL, hvs_synic_enable, NULL, sc);
	sc->hs_state |= HVS_BUS_SYNIC;
	return (0);
}

void
hvs_synic_stop(struct hvs_softc *sc)
{
	struct hvs_cpu *pc;
	int cpu;

	if ((sc->hs_state & HVS_BUS_SYNIC) != 0) {
		smp_rendezvous(NULL, hvs_synic_disable, NULL, sc);
		sc->hs_state &= ~HVS_BUS_SYNIC;
	}
	if (sc->hs_vector >= 0) {
		lapic_ipi_free(sc->hs_vector);
		sc->hs_vector = -1;
	}
	if (sc->hs_cpu == NULL)
		return;

	CPU_FOREACH(cpu) {
		pc = &sc->hs_cpu[cpu];
		if (pc->pc_tq != NULL) {
			taskqueue_drain(pc->pc_tq, &pc->pc_message_task);
			taskqueue_free(pc->pc_tq);
		}
		hvs_dma_free(&pc->pc_message_dma);
		hvs_dma_free(&pc->pc_event_dma);
	}
	free(sc->hs_cpu, M_HVS);
	sc->hs_cpu = NULL;
}

/* Runs on every CPU at the same time, with interrupts off. */
static void
hvs_synic_enable(void *arg)
{
	struct hvs_softc *sc = arg;
	struct hvs_cpu *pc = &sc->hs_cpu[curcpu];
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
hvs_interrupt(struct trapframe *frame __unused)
{
	struct hvs_softc *sc = hvs_bus;
	struct hvs_cpu *pc = &sc->hs_cpu[curcpu];
	volatile struct hvs_message *slot;
	struct hvs_events *events;

	critical_enter();
	pc->pc_intrs++;

	/*
	 * Since protocol 2.4 a channel has its own event flag.  Before, the
	 * one flag says that there is something in the shared page.
	 */
	events = &pc->pc_events[HVS_SOURCE];
	if (sc->hs_protocol >= HVS_PROTOCOL_2012) {
		hvs_channel_events(sc, events->ev_word, HVS_EVENT_WORDS);
	} else if ((sc->hs_state & HVS_BUS_CONNECTED) != 0 &&
	    atomic_swap_long(&events->ev_word[0], 0) != 0) {
		hvs_channel_events(sc, sc->hs_shared.dm_addr,
		    HVS_SHARED_CHANNELS / (NBBY * sizeof(u_long)));
	}

	slot = &pc->pc_messages[HVS_SOURCE];
	if (__predict_false(slot->hm_type != HVS_MESSAGE_NONE))
		taskqueue_enqueue(pc->pc_tq, &pc->pc_message_task);
	critical_exit();
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

	KASSERT(curcpu == pc->pc_cpu, ("messages of cpu%d on cpu%d",
	    pc->pc_cpu, curcpu));

	while ((type = slot->hm_type) != HVS_MESSAGE_NONE) {
		size = MIN(slot->hm_size, sizeof(payload));
		memcpy(payload, __DEVOLATILE(void *, slot->hm_payload), size);

		/*
		 * Free the slot, and only then see whether more is waiting:
		 * the host sets the flag where it finds the slot taken.
		 */
		slot->hm_type = HVS_MESSAGE_NONE;
		mb();
		if ((slot->hm_flags & HVS_MESSAGE_PENDING) != 0)
			wrmsr(HVS_MSR_EOM, 0);

		if (type == HVS_MESSAGE_CHANNEL)
			hvs_bus_message(pc->pc_bus, payload, size);
	}
}

/* Interrupts on all CPUs so far. */
u_long
hvs_synic_intrs(struct hvs_softc *sc)
{
	u_long sum = 0;
	int cpu;

	if (sc->hs_cpu == NULL)
		return (0);
	CPU_FOREACH(cpu) {
		sum += sc->hs_cpu[cpu].pc_intrs;
	}
	return (sum);
}
