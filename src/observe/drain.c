/* Lets the server end when its last client has left. */
#include "observe/answers.h"
#include "observe/json.h"
#include "observe/observer.h"
#include "observe/origin.h"

bool change_drain(struct inquiry *inquiry)
{
    const struct observer *observer = inquiry->observer;
    char peer[ADDRESS_TEXT_MAX];
    json_t *object;

    if (!origin_check(inquiry))
        return true;
    observer->changes->drain(observer->context, inquiry_peer(inquiry, peer));
    object = json_object();
    json_set_flag(object, "draining", true);
    json_set_number(object, "clients", observer_clients(observer));
    inquiry_answer_json(inquiry, object);
    return true;
}
