/* The example of the first page as a native strategy: quotes at the touch, once a timer. */
#include "quantum.h"

typedef struct { double qty, max_position; } Touch;

int32_t on_timer(const void *event, Context *context) {
    (void)event;
    const Touch *self = context->state;
    const Functions *call = context->functions;
    const Market *market = context->market;
    uint32_t options = LIMIT | POST_ONLY | GTC;
    if (context->abi != QUANTUM_ABI || market == NULL) return 1;
    if (call->cancel_all(context, market->instrument)) return 1;
    if (market->position < self->max_position
        && !call->submit(context, market->instrument, BUY, self->qty, market->best_bid.price, options)) return 1;
    if (market->position > -self->max_position
        && !call->submit(context, market->instrument, SELL, self->qty, market->best_ask.price, options)) return 1;
    return 0;
}
