variable "project" {
  description = "Project of the schedules and of what they start."
  type        = string
}

variable "region" {
  description = "Where jobs run."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "prefix" {
  description = "Before the names of schedules and jobs; one for each region of a project."
  type        = string
  default     = "neural"
}

variable "time_zone" {
  description = "Of the schedules."
  type        = string
  default     = "Etc/UTC"
}

variable "account" {
  description = "Address of the service account that starts jobs."
  type        = string
}

variable "commands" {
  description = "By name: programs of an image that run to their end, such as pipelines.erase. Arguments as on a command line."
  type = map(object({
    schedule  = string
    image     = string
    module    = string
    arguments = list(string)
    account   = string
    hours     = optional(number, 6)
  }))
  default = {}
  validation {
    condition     = alltrue([for its in values(var.commands) : can(regex("^pipelines\\.[a-z_]+$", its.module))])
    error_message = "commands run ${join(", ", [for its in values(var.commands) : its.module])}; expected modules of pipelines, such as pipelines.erase."
  }
  validation {
    condition     = alltrue([for its in values(var.commands) : length(split(" ", its.schedule)) == 5])
    error_message = "schedules are ${join("; ", [for its in values(var.commands) : its.schedule])}; expected five fields each, such as \"30 2 * * *\"."
  }
  validation {
    condition     = alltrue([for its in values(var.commands) : its.hours > 0 && its.hours <= 24])
    error_message = "hours are ${join(", ", [for its in values(var.commands) : its.hours])}; expected above 0, to 24."
  }
}

variable "launches" {
  description = "By name: Dataflow templates that are launched, with their parameters."
  type = map(object({
    schedule   = string
    template   = string
    parameters = map(string)
    account    = string
    workers    = optional(number, 10)
  }))
  default = {}
  validation {
    condition     = alltrue([for its in values(var.launches) : startswith(its.template, "gs://") && length(split(" ", its.schedule)) == 5])
    error_message = "launches are ${jsonencode(var.launches)}; expected templates at gs:// and schedules of five fields."
  }
}

variable "dataflow" {
  description = "Of launched jobs: the workers' subnetwork, the key of their disks, the bucket for temporary files."
  type        = object({ subnetwork = string, kms_key = string, temp_bucket = string })
}

variable "kms_key" {
  description = "Resource name of the key that protects commands' images in Cloud Run, in the same region."
  type        = string
}

variable "network" {
  description = "Network and subnetwork of commands, through which they reach Google's APIs."
  type        = object({ network = string, subnetwork = string })
}
