/* examples/follow.py as a native strategy: one order a side that is replaced to stay at the touch. */
#include <math.h>

#include "quantum.h"

/* The Python class's fields in their order: a value, and whether it is there. */
typedef struct { double value; uint64_t is_set; } Number;
typedef struct { Context *context; Number qty, away, trim, growing, post_only, max_position; } Follow;

uint32_t quantum_abi(void) { return QUANTUM_ABI; }

int32_t on_timer(const void *event, Context *context) {
    (void)event;
    const Follow *self = context->state;
    const Functions *call = context->functions;
    const Market *market = context->market;
    if (context->abi != QUANTUM_ABI || market == NULL) return 1;
    uint32_t options = LIMIT | POST_ONLY | GTC, instrument = market->instrument;
    double touch[] = {market->best_bid.price, market->best_ask.price};
    int quoting[] = {0, 0};
    if (isnan(touch[0] + touch[1])) return 0;
    uint64_t place = 0, order;
    while ((order = call->next_order(context, instrument, &place))) {
        int side = call->order_code(context, order, SIDE) == BUY ? 0 : 1;
        quoting[side] = 1;
        if (call->order_code(context, order, IS_CANCELABLE) && call->order_code(context, order, IS_REPLACEABLE)
            && call->order_number(context, order, PRICE) != touch[side]
            && call->replace(context, order, 0.0, touch[side], NEW_LIMIT)) return 1;
    }
    if (!quoting[0] && market->position < self->max_position.value
        && !call->submit(context, instrument, BUY, self->qty.value, touch[0], options)) return 1;
    if (!quoting[1] && market->position > -self->max_position.value
        && !call->submit(context, instrument, SELL, self->qty.value, touch[1], options)) return 1;
    return 0;
}
