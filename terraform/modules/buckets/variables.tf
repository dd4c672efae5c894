variable "project" {
  description = "Project of the buckets."
  type        = string
}

variable "region" {
  description = "Where the objects stay: one region, not a multi-region."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3: a tenant's data stay where they are pinned."
  }
}

variable "prefix" {
  description = "Of the buckets' names, which are unique in the world."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][-a-z0-9]{2,40}$", var.prefix))
    error_message = "prefix is \"${var.prefix}\"; expected 3 to 41 characters a-z 0-9 and -, such as my-project-europe-west3."
  }
}

variable "kms_key" {
  description = "Resource name of the key that protects every object, in the same region."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is \"${var.kms_key}\"; expected projects/P/locations/REGION/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "archive_retention_days" {
  description = "Days for which a packet has to be in the archive: no rule here deletes it before. The archive is sealed, so a person is erased from it by their key, not by deletion."
  type        = number
  default     = 365
  validation {
    condition     = var.archive_retention_days >= 1 && var.archive_retention_days <= 36500
    error_message = "archive_retention_days is ${var.archive_retention_days}; expected 1 to 36500."
  }
}

variable "archive_delete_after_days" {
  description = "Days after which the archive deletes a packet by itself; null keeps it."
  type        = number
  default     = null
  validation {
    condition     = var.archive_delete_after_days == null ? true : var.archive_delete_after_days >= var.archive_retention_days
    error_message = "archive_delete_after_days is ${coalesce(var.archive_delete_after_days, 0)}; expected at least archive_retention_days, ${var.archive_retention_days}, or null."
  }
}

variable "dead_letter_days" {
  description = "Days for which refused packets are kept, sealed, to be replayed."
  type        = number
  default     = 90
  validation {
    condition     = var.dead_letter_days >= 7
    error_message = "dead_letter_days is ${var.dead_letter_days}; expected at least 7, or nobody finds the time to replay them."
  }
}

variable "results_days" {
  description = "Days for which files of the batch job are kept. They are in the clear, so a person is erased from them by deletion."
  type        = number
  default     = 90
  validation {
    condition     = var.results_days >= 1
    error_message = "results_days is ${var.results_days}; expected at least 1."
  }
}

variable "writers" {
  description = "By bucket (archive, dead-letters, results, temp, staging, templates): members that write and read, by names of your choice."
  type        = map(map(string))
  default     = {}
}

variable "readers" {
  description = "By bucket: members that read."
  type        = map(map(string))
  default     = {}
}
