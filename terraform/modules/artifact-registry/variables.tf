variable "project" {
  description = "Project of the repository."
  type        = string
}

variable "region" {
  description = "Region of the repository: that of the workers, who pull from it."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "repository" {
  description = "Name of the repository."
  type        = string
  default     = "neural-engine"
}

variable "kms_key" {
  description = "Resource name of the key that protects images, in the same region."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is \"${var.kms_key}\"; expected projects/P/locations/REGION/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "keep_versions" {
  description = "Newest images that stay, whatever their age: what can be rolled back to."
  type        = number
  default     = 20
  validation {
    condition     = var.keep_versions >= 2
    error_message = "keep_versions is ${var.keep_versions}; expected at least 2, or there is nothing to roll back to."
  }
}

variable "delete_after_days" {
  description = "Days after which other images go."
  type        = number
  default     = 180
  validation {
    condition     = var.delete_after_days >= 30
    error_message = "delete_after_days is ${var.delete_after_days}; expected at least 30: a stream job runs on the image it was launched with."
  }
}

variable "readers" {
  description = "Members that pull images, by names of your choice: the jobs."
  type        = map(string)
  default     = {}
}

variable "writers" {
  description = "Members that push images: the build."
  type        = map(string)
  default     = {}
}
