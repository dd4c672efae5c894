variable "project" {
  description = "Project of the service accounts."
  type        = string
}

variable "suffix" {
  description = "After the accounts' names: where one project holds several regions, each has its own, so that a job of one region cannot touch another's data."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(-[a-z0-9]{1,8})?$", var.suffix))
    error_message = "suffix is \"${var.suffix}\"; expected nothing, or - and at most 8 characters a-z 0-9, such as -eu."
  }
}
