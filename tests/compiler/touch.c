/* The example of the first page as a native strategy: quotes at the touch, once a timer. */
#include <stddef.h>
#include <stdint.h>

typedef struct { double price, qty; } Level;
typedef struct Context Context;
typedef struct { Level best_bid, best_ask; double position; Context *context; uint32_t instrument; } Market;
typedef struct {
    double price, qty, fee, position;
    Level bid, ask;
    int64_t exchange_ns, receive_ns, id, order_id;
    uint8_t side, liquidity;
} Subject;

typedef struct {
    uint64_t (*submit)(Context *, uint32_t instrument, uint8_t side, double qty, double limit, uint32_t options);
    int32_t (*cancel)(Context *, uint64_t order);
    int32_t (*cancel_all)(Context *, uint32_t instrument);
} Functions; /* the first of them */

struct Context {
    uint32_t abi, instrument;
    int64_t now_ns;
    const void *world, *report;
    void *state;
    uint64_t next_order_id;
    uint32_t outbox_len, outbox_overflow;
    Market *market, *markets;
    Subject subject;
    const Functions *functions;
};

/* The Python class's fields in their order: a value, and whether it is there. */
typedef struct { double value; uint64_t is_set; } Number;
typedef struct { Context *context; Number qty, max_position; } Touch;

enum { BUY = 1, SELL = 2, LIMIT = 1, POST_ONLY = 2, GTC = 1 << 8 };

uint32_t quantum_abi(void) { return 2; }

int32_t on_timer(const void *event, Context *context) {
    (void)event;
    const Touch *self = context->state;
    const Functions *call = context->functions;
    const Market *market = context->market;
    uint32_t options = LIMIT | POST_ONLY | GTC;
    if (context->abi != 2 || market == NULL) return 1;
    if (call->cancel_all(context, market->instrument)) return 1;
    if (market->position < self->max_position.value
        && !call->submit(context, market->instrument, BUY, self->qty.value, market->best_bid.price, options)) return 1;
    if (market->position > -self->max_position.value
        && !call->submit(context, market->instrument, SELL, self->qty.value, market->best_ask.price, options)) return 1;
    return 0;
}
