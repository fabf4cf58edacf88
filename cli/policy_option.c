#include "policy_option.h"

#include <stdio.h>
#include <string.h>

static vww_status replace_class(struct vww_label_policy *policy, const char *name,
                                struct vww_error *error)
{
    const size_t length = strlen(name);
    if (length == 0 || length >= sizeof policy->foreground_class) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "not a usable class name");
        vww_error_seen(error, "%zu characters", length);
        vww_error_allowed(error, "1 to %zu", sizeof policy->foreground_class - 1);
        return VWW_ERROR_ARGUMENT;
    }
    memcpy(policy->foreground_class, name, length + 1);
    return VWW_OK;
}

vww_status policy_choice_resolve(const struct policy_choice *choice,
                                 struct vww_label_policy *policy, struct vww_error *error)
{
    vww_status status = vww_label_policy_find(choice->preset, policy, error);
    if (status != VWW_OK)
        return status;
    const struct vww_label_policy preset = *policy;
    if (choice->area != NULL)
        policy->area = strcmp(choice->area, "box") == 0 ? VWW_AREA_BOX : VWW_AREA_MASK;
    if (choice->comparison != NULL)
        policy->comparison =
            strcmp(choice->comparison, "gt") == 0 ? VWW_COMPARISON_GT : VWW_COMPARISON_GE;
    if (choice->threshold >= 0) {
        policy->small_object_area_threshold = choice->threshold;
        policy->pixels = 0;
    }
    if (choice->crowd != NULL)
        policy->crowd = strcmp(choice->crowd, "count") == 0    ? VWW_CROWD_COUNT
                        : strcmp(choice->crowd, "ignore") == 0 ? VWW_CROWD_IGNORE
                                                               : VWW_CROWD_REJECT;
    if (choice->small_only != NULL)
        policy->small_only = strcmp(choice->small_only, "negative") == 0 ? VWW_SMALL_ONLY_NEGATIVE
                                                                         : VWW_SMALL_ONLY_DROP;
    if (choice->foreground_class != NULL)
        status = replace_class(policy, choice->foreground_class, error);
    /* A rule changed by hand is no longer the published one; the class alone is. */
    if (policy->area != preset.area || policy->comparison != preset.comparison ||
        policy->small_object_area_threshold != preset.small_object_area_threshold ||
        policy->pixels != preset.pixels || policy->crowd != preset.crowd ||
        policy->small_only != preset.small_only)
        snprintf(policy->name, sizeof policy->name, "custom");
    return status;
}
