variable "project" {
  description = "Project of the topics."
  type        = string
}

variable "region" {
  description = "The one region in which messages may be stored, wherever they are published."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3."
  }
}

variable "suffix" {
  description = "After the names of topics and subscriptions: where one project holds several regions, each has its own."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(-[a-z0-9-]{1,30})?$", var.suffix))
    error_message = "suffix is \"${var.suffix}\"; expected nothing, or - and at most 30 characters a-z 0-9 -, such as -europe-west3."
  }
}

variable "kms_key" {
  description = "Resource name of the key that protects messages, in the same region."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is \"${var.kms_key}\"; expected projects/P/locations/REGION/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "dead_letters" {
  description = "By subscription: deliveries after which a message goes to <subscription>-dead-letters. Not for what Dataflow reads: it takes messages back for reasons of its own, which would count; the stream job keeps its own dead letters."
  type        = map(number)
  default     = {}
  validation {
    condition     = alltrue([for attempts in values(var.dead_letters) : attempts >= 5 && attempts <= 100])
    error_message = "dead_letters are ${jsonencode(var.dead_letters)}; expected 5 to 100 deliveries, which is what Pub/Sub takes."
  }
  validation {
    condition     = alltrue([for name in keys(var.dead_letters) : !endswith(name, "-stream")])
    error_message = "dead_letters names ${join(", ", keys(var.dead_letters))}; expected no subscription of the stream job (its names end in -stream)."
  }
}

variable "dead_letter_days" {
  description = "Days for which a dead letter waits to be looked at."
  type        = number
  default     = 14
  validation {
    condition     = var.dead_letter_days >= 1 && var.dead_letter_days <= 31
    error_message = "dead_letter_days is ${var.dead_letter_days}; expected 1 to 31."
  }
}

variable "publishers" {
  description = "By topic: members that publish, by names of your choice."
  type        = map(map(string))
  default     = {}
}

variable "subscribers" {
  description = "By subscription: members that read, by names of your choice."
  type        = map(map(string))
  default     = {}
}
