#include "scenario.h"
extern const struct scenario one_message;
