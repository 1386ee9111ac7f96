/* The example of the first page as a native strategy: quotes at the touch, once a timer. */
#include "quantum.h"

/* The Python class's fields in their order: a value, and whether it is there. */
typedef struct { double value; uint64_t is_set; } Number;
typedef struct { Context *context; Number qty, max_position; } Touch;

uint32_t quantum_abi(void) { return QUANTUM_ABI; }

int32_t on_timer(const void *event, Context *context) {
    (void)event;
    const Touch *self = context->state;
    const Functions *call = context->functions;
    const Market *market = context->market;
    uint32_t options = LIMIT | POST_ONLY | GTC;
    if (context->abi != QUANTUM_ABI || market == NULL) return 1;
    if (call->cancel_all(context, market->instrument)) return 1;
    if (market->position < self->max_position.value
        && !call->submit(context, market->instrument, BUY, self->qty.value, market->best_bid.price, options)) return 1;
    if (market->position > -self->max_position.value
        && !call->submit(context, market->instrument, SELL, self->qty.value, market->best_ask.price, options)) return 1;
    return 0;
}
