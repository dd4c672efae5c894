variable "access_policy" {
  description = "Number of the organisation's access policy: `gcloud access-context-manager policies list`."
  type        = string
  validation {
    condition     = can(regex("^[0-9]+$", var.access_policy))
    error_message = "access_policy is \"${var.access_policy}\"; expected its number."
  }
}

variable "name" {
  description = "Of the perimeter."
  type        = string
  default     = "neural_engine"
  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,49}$", var.name))
    error_message = "name is \"${var.name}\"; expected at most 50 letters, digits and _, first a letter."
  }
}

variable "project_numbers" {
  description = "Numbers of the projects inside."
  type        = set(string)
  validation {
    condition     = length(var.project_numbers) > 0 && alltrue([for number in var.project_numbers : can(regex("^[0-9]+$", number))])
    error_message = "project_numbers are ${join(", ", var.project_numbers)}; expected numbers, not ids: `gcloud projects describe PROJECT --format='value(projectNumber)'`."
  }
}

variable "from_outside" {
  description = "Who may call which services from outside, by names of your choice: the build that pushes images, researchers who query from their network. Levels are full names of access levels; none means from anywhere."
  type = map(object({
    identities = set(string)
    services   = set(string)
    levels     = optional(set(string), [])
  }))
  default = {}
  validation {
    condition     = alltrue([for its in values(var.from_outside) : length(its.identities) > 0 && !contains(its.services, "*")])
    error_message = "from_outside is ${jsonencode(keys(var.from_outside))}; expected identities and services by name: \"*\" would undo the perimeter."
  }
}

variable "dry_run" {
  description = "Whether violations are logged instead of refused: for the first weeks."
  type        = bool
  default     = false
}
