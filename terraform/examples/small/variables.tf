variable "project" {
  description = "An existing project with billing."
  type        = string
}

variable "region" {
  description = "Where everything is."
  type        = string
  default     = "europe-west3"
}

variable "host" {
  description = "Name that devices know, such as bci.example.org."
  type        = string
}

variable "tenants" {
  description = "By id: the organisations, and who of them sees their rows."
  type        = map(object({ researchers = optional(set(string), []) }))
  validation {
    condition     = alltrue([for tenant in keys(var.tenants) : can(regex("^[a-z0-9]{8}$", tenant))])
    error_message = "tenants are ${join(", ", keys(var.tenants))}; expected 8 characters a-z 0-9 each, such as clinic01."
  }
}

variable "operators" {
  description = "The OpenID provider of operators."
  type        = object({ issuer = string, audience = string, jwks_url = string })
}

variable "emails" {
  description = "Who is told of alerts."
  type        = set(string)
}

variable "release" {
  description = "What runs; the first apply leaves it out."
  type        = object({ functions = string, tag = string })
  default     = null
}
