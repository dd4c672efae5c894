variable "project" {
  description = "Project of the functions."
  type        = string
}

variable "region" {
  description = "Where the functions run and their data stay."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "name" {
  description = "Before the names of functions and of the load balancer's parts; one for each region of a project."
  type        = string
  default     = "neural"
  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$", var.name))
    error_message = "name is \"${var.name}\"; expected at most 30 characters a-z 0-9 and -, first a letter, such as neural."
  }
}

variable "host" {
  description = "Name that devices know, such as eu.bci.example.org; point it at the address this module puts out."
  type        = string
  validation {
    condition     = can(regex("^([a-z0-9]([-a-z0-9]*[a-z0-9])?\\.)+[a-z]{2,}$", var.host))
    error_message = "host is \"${var.host}\"; expected a host name in lower case, such as eu.bci.example.org."
  }
}

variable "source_archive" {
  description = "Where the functions' source is (terraform/pack makes it). Its name should change with its content, or a new one is not noticed."
  type        = object({ bucket = string, object = string })
  validation {
    condition     = endswith(var.source_archive.object, ".zip")
    error_message = "source_archive.object is \"${var.source_archive.object}\"; expected a .zip."
  }
}

variable "accounts" {
  description = "Addresses of the service accounts, by function; and that of the build."
  type        = object({ enrolment = string, sessions = string, telemetry = string, build = string })
  validation {
    condition     = length(distinct(values(var.accounts))) == 4
    error_message = "accounts are ${join(", ", values(var.accounts))}; expected four different ones: each has its own rights."
  }
}

variable "stores" {
  description = "What the functions connect to."
  type = object({
    bigtable_instance    = string
    bigtable_app_profile = optional(string, "rows") # one cluster, single-row transactions
    kms_key_ring         = string
    telemetry_topic      = string
    device_events_topic  = string
  })
}

variable "operators" {
  description = "The OpenID provider of operators: issuer, audience of its ID tokens, address of its keys."
  type        = object({ issuer = string, audience = string, jwks_url = string })
  validation {
    condition     = startswith(var.operators.jwks_url, "https://") && startswith(var.operators.issuer, "https://")
    error_message = "operators are ${jsonencode(var.operators)}; expected https addresses."
  }
}

variable "token_audience" {
  description = "What devices make their tokens for; by default the host."
  type        = string
  default     = null
}

variable "expected_latency_ms" {
  description = "What devices are told to expect between a post and its row, when a session begins."
  type        = number
  default     = 2000
  validation {
    condition     = var.expected_latency_ms >= 1 && floor(var.expected_latency_ms) == var.expected_latency_ms
    error_message = "expected_latency_ms is ${var.expected_latency_ms}; expected whole milliseconds, at least 1."
  }
}

variable "kms_key" {
  description = "Resource name of the key that protects the functions' source and images, in the same region; null for Google's own. With one, image_repository has to have the same key."
  type        = string
  default     = null
}

variable "image_repository" {
  description = "Artifact Registry repository that the build writes images to: projects/P/locations/REGION/repositories/NAME; needed with kms_key."
  type        = string
  default     = null
  validation {
    condition     = var.kms_key == null || var.image_repository != null
    error_message = "image_repository is not set; expected one with kms_key: the images hold the source too."
  }
}

variable "instances" {
  description = "By function: instances that wait for requests, and how many there may be. One that waits saves a device the start (seconds)."
  type        = map(object({ min = number, max = number }))
  default = {
    enrolment = { min = 0, max = 10 }
    sessions  = { min = 1, max = 20 }
    telemetry = { min = 2, max = 200 }
  }
  validation {
    condition     = toset(keys(var.instances)) == toset(["enrolment", "sessions", "telemetry"]) && alltrue([for its in values(var.instances) : its.min >= 0 && its.max >= max(1, its.min)])
    error_message = "instances are ${jsonencode(var.instances)}; expected min and max of enrolment, sessions and telemetry, min not above max."
  }
}

variable "requests_per_minute" {
  description = "Of one address, before it is answered 429. A clinic's devices may share an address: count them together, one post a second each."
  type        = number
  default     = 6000
  validation {
    condition     = var.requests_per_minute >= 10 && var.requests_per_minute <= 1000000
    error_message = "requests_per_minute is ${var.requests_per_minute}; expected 10 to 1000000."
  }
}

variable "max_body_bytes" {
  description = "A post that says it is larger is refused before it reaches a function."
  type        = number
  default     = 8388608
  validation {
    condition     = var.max_body_bytes >= 4194304 && var.max_body_bytes <= 33554432
    error_message = "max_body_bytes is ${var.max_body_bytes}; expected 4 MiB, the largest post that the telemetry function takes, to 32 MiB, the largest that reaches it."
  }
}

variable "device_ca_certificates" {
  description = "PEM certificates of the authorities that sign devices' TLS certificates. With any, a device without one is refused before its token is looked at; with none, tokens alone count."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for pem in var.device_ca_certificates : strcontains(pem, "-----BEGIN CERTIFICATE-----") && !strcontains(pem, "PRIVATE KEY")])
    error_message = "device_ca_certificates holds what is no certificate, or a private key; expected PEM certificates only."
  }
}

variable "network" {
  description = "Network and subnetwork through which functions reach Google's APIs; null: directly. Inside a VPC-SC perimeter either way."
  type        = object({ network = string, subnetwork = string })
  default     = null
}
