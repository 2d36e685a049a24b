#ifndef COPENCV_H
#define COPENCV_H

#include "copencv_detection.h"
#include "copencv_image.h"
#include "copencv_network.h"

#endif
