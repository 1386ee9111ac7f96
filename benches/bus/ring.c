// A slot ring as plainly as C has it, for one producer and one consumer: the yardstick of benches/bus.
// A slot's first word is the sequence of what it holds, stored last; the consumer spins on it. The consumer tells how
// far it is every quarter of the ring, and the producer looks there when it has no more room that it knows of.

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    _Alignas(128) _Atomic uint64_t read;  // how far the consumer is
    _Alignas(128) uint64_t write;         // the producer's own: last sequence written, and how far it may go
    uint64_t room;
    _Alignas(128) uint64_t next;          // the consumer's own: last sequence read
    _Alignas(128) uint64_t slots;
    _Atomic uint64_t *words;
} ring;

ring *ring_create(uint64_t slots, uint64_t payload)
{
    uint64_t words = slots * (payload == 8 ? 2 : 8);
    ring *it = aligned_alloc(128, sizeof(ring));
    if (!it)
        return NULL;
    *it = (ring){.slots = slots, .room = slots};
    it->words = aligned_alloc(128, words * 8);
    if (!it->words) {
        free(it);
        return NULL;
    }
    for (uint64_t n = 0; n < words; n++)
        atomic_init(&it->words[n], 0);
    return it;
}

void ring_destroy(ring *it)
{
    free(it->words);
    free(it);
}

static void wait_for_room(ring *it, uint64_t sequence)
{
    while (sequence > it->room)
        it->room = atomic_load_explicit(&it->read, memory_order_acquire) + it->slots;
}

// The payload is plain memory between the commit words.
static inline void write_slot(_Atomic uint64_t *slot, uint64_t words, uint64_t value)
{
    uint64_t *payload = (uint64_t *)slot;
    for (uint64_t word = 1; word < words; word++)
        payload[word] = value;
}

static inline void produce(ring *it, uint64_t words, uint64_t batch, uint64_t first, uint64_t end)
{
    uint64_t mask = it->slots - 1, sequence = it->write;
    for (uint64_t value = first; value < end; value += batch) {
        if (sequence + batch > it->room)
            wait_for_room(it, sequence + batch);
        for (uint64_t n = 0; n < batch; n++)
            write_slot(it->words + ((sequence + n) & mask) * words, words, value + n);
        for (uint64_t n = 0; n < batch; n++)
            atomic_store_explicit(it->words + ((sequence + n) & mask) * words, sequence + n + 1, memory_order_release);
        sequence += batch;
    }
    it->write = sequence;
}

static inline void pause_for(uint32_t pauses)
{
#if defined(__x86_64__) || defined(__i386__)
    while (pauses--)
        __builtin_ia32_pause();
#else
    (void)pauses;
#endif
}

// A reader that finds nothing pauses so often before it looks again.
static inline uint64_t consume(ring *it, uint64_t words, uint64_t count, uint32_t pauses)
{
    uint64_t mask = it->slots - 1, quarter = it->slots / 4, sum = 0, sequence = it->next;
    for (uint64_t n = 0; n < count; n++) {
        _Atomic uint64_t *slot = it->words + (sequence & mask) * words;
        sequence++;
        while (atomic_load_explicit(slot, memory_order_acquire) != sequence)
            pause_for(pauses);
        sum += ((uint64_t *)slot)[1];
        if ((sequence & (quarter - 1)) == 0)
            atomic_store_explicit(&it->read, sequence, memory_order_release);
    }
    it->next = sequence;
    return sum;
}

void ring_produce_8(ring *it, uint64_t first, uint64_t end) { produce(it, 2, 1, first, end); }
void ring_produce_64(ring *it, uint64_t first, uint64_t end) { produce(it, 8, 1, first, end); }
void ring_produce_64_by_32(ring *it, uint64_t first, uint64_t end) { produce(it, 8, 32, first, end); }
uint64_t ring_consume_8(ring *it, uint64_t count, uint32_t pauses) { return consume(it, 2, count, pauses); }
uint64_t ring_consume_64(ring *it, uint64_t count, uint32_t pauses) { return consume(it, 8, count, pauses); }
