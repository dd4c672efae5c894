variable "project" {
  description = "Project of the jobs."
  type        = string
}

variable "region" {
  description = "Where workers run, and where what they read and write is."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "name" {
  description = "Of the stream job. A new name is a new job: the old one drains, and state does not go over."
  type        = string
  default     = "neural-stream"
}

variable "images" {
  description = "By job (stream, batch, rewrap): the image, with its digest or a tag that does not move."
  type        = map(string)
  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("(@sha256:[0-9a-f]{64}|:[^:/]+)$", image)) && !endswith(image, ":latest")])
    error_message = "images are ${jsonencode(var.images)}; expected a tag or digest each, and not latest: nobody could say what runs."
  }
}

variable "buckets" {
  description = "Names of the buckets for templates, temporary files and staged ones."
  type        = object({ templates = string, temp = string, staging = string })
}

variable "account" {
  description = "Address of the service account of the stream job's workers."
  type        = string
}

variable "subnetwork" {
  description = "Address of the subnetwork of the workers, in the region."
  type        = string
  validation {
    condition     = strcontains(var.subnetwork, "/regions/${var.region}/subnetworks/")
    error_message = "subnetwork is \"${var.subnetwork}\"; expected one of ${var.region}: https://www.googleapis.com/compute/v1/projects/P/regions/${var.region}/subnetworks/NAME."
  }
}

variable "kms_key" {
  description = "Resource name of the key that protects workers' disks and the job's state, in the same region."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is \"${var.kms_key}\"; expected projects/P/locations/${var.region}/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "parameters" {
  description = "Options of the stream job (python -m pipelines.stream --help), with underscores."
  type        = map(string)
}

variable "workers" {
  description = "Of the stream job: how many at first and at most, of which machine type (pipelines.capacity says how many)."
  type        = object({ first = number, most = number, machine = string })
  default     = { first = 1, most = 10, machine = "n2d-standard-4" }
  validation {
    condition     = var.workers.first >= 1 && var.workers.most >= var.workers.first && var.workers.most <= 1000
    error_message = "workers are ${var.workers.first} to ${var.workers.most}; expected at least 1, and at most 1000."
  }
}

variable "run_stream" {
  description = "Whether the stream job runs; false for what only needs the templates."
  type        = bool
  default     = true
}

variable "transform_names" {
  description = "Steps that were renamed since the job that runs was launched: old name to new name. Without it an update with renamed steps is refused."
  type        = map(string)
  default     = {}
}
