variable "project" {
  description = "Project in which everything is made."
  type        = string
}

variable "region" {
  description = "Where everything is: data of this region's tenants are nowhere else."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "zones" {
  description = "Of Bigtable's clusters: one, or two of the region."
  type        = list(string)
}

variable "suffix" {
  description = "After names that are unique in a project, where it holds several regions: - and at most 8 characters, such as -eu."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(-[a-z0-9]{1,8})?$", var.suffix))
    error_message = "suffix is \"${var.suffix}\"; expected nothing, or - and at most 8 characters a-z 0-9, such as -eu."
  }
}

variable "bucket_prefix" {
  description = "Of the buckets' names, which are unique in the world; by default project and region."
  type        = string
  default     = null
}

variable "tenants" {
  description = "By id: the organisations of this region, and who of them sees their rows and decrypts their protected columns."
  type        = map(object({ researchers = optional(set(string), []) }))
  validation {
    condition     = alltrue([for tenant in keys(var.tenants) : can(regex("^[a-z0-9]{8}$", tenant))])
    error_message = "tenants are ${join(", ", keys(var.tenants))}; expected 8 characters a-z 0-9 each, such as clinic01."
  }
}

variable "network" {
  description = "Network, and subnetwork of the region, of workers: outputs of the module network."
  type        = object({ network = string, subnetwork = string })
}

variable "host" {
  description = "Name by which devices know this region, such as eu.bci.example.org."
  type        = string
}

variable "operators" {
  description = "The OpenID provider of operators."
  type        = object({ issuer = string, audience = string, jwks_url = string })
}

variable "release" {
  description = "What runs: object in the staging bucket that holds the functions' source, and tag of the images. The first apply may leave it out: it makes the buckets and the repository to put them in."
  type        = object({ functions = string, tag = string })
  default     = null
}

variable "device_ca_certificates" {
  description = "PEM certificates of authorities that sign devices' TLS certificates; none: tokens alone count."
  type        = list(string)
  default     = []
}

variable "nodes" {
  description = "Bounds of Bigtable's autoscaling."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 30 }
}

variable "workers" {
  description = "Of the stream job."
  type        = object({ first = number, most = number, machine = string })
  default     = { first = 1, most = 10, machine = "n2d-standard-4" }
}

variable "instances" {
  description = "Of the functions; null for the defaults of the module functions."
  type        = map(object({ min = number, max = number }))
  default = {
    enrolment = { min = 0, max = 10 }
    sessions  = { min = 1, max = 20 }
    telemetry = { min = 2, max = 200 }
  }
}

variable "feedback" {
  description = "Whether the stream job publishes newest windows for who answers the subject."
  type        = bool
  default     = false
}

variable "keep_days" {
  description = "By table of BigQuery: days for which rows are kept."
  type        = map(number)
  default     = { dead_letters = 365, features_log = 365, latencies = 30 }
}

variable "archive_delete_after_days" {
  description = "Days after which the archive of sealed packets deletes; null keeps them."
  type        = number
  default     = null
}

variable "protection_level" {
  description = "Of keys: SOFTWARE or HSM."
  type        = string
  default     = "SOFTWARE"
}

variable "time_zone" {
  description = "Of schedules."
  type        = string
  default     = "Etc/UTC"
}
