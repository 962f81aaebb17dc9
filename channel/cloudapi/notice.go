package cloudapi

import "strings"

// fieldReason says why a field other than messages is not routed.
func fieldReason(field string) string {
	switch {
	case field == "":
		return "change without a field"
	case field == "calls":
		return "calls are not routed"
	case field == "history":
		return "messages from before the number was connected"
	case field == "smb_message_echoes":
		return "an echo of what a human wrote on the business's own phone"
	case field == "smb_app_state_sync":
		return "the contact book of the business's own phone"
	case field == "user_preferences":
		return "a preference about marketing, not a message"
	case strings.HasPrefix(field, "group_"):
		return "groups are not routed"
	case accountField[field]:
		return "news of the account"
	}
	return "unknown field"
}

var accountField = map[string]bool{
	"account_alerts": true, "account_review_update": true, "account_settings_update": true,
	"account_update": true, "automatic_events": true, "business_capability_update": true,
	"business_username_update": true, "flows": true, "message_template_components_update": true,
	"message_template_quality_update": true, "message_template_status_update": true,
	"partner_solutions": true, "payment_configuration_update": true,
	"phone_number_name_update": true, "phone_number_quality_update": true, "security": true,
	"template_category_update": true,
}
