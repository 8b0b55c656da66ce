// Made from the API by `make api-types`. Do not edit.
export interface paths {
    "/api/v1/access/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_alerts_api_v1_access_alerts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/alerts/{alert_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["answer_alert_api_v1_access_alerts__alert_id__answer_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/confirmations/{confirmation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_confirmation_api_v1_access_confirmations__confirmation_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_devices_api_v1_access_devices_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_links_api_v1_access_links_get"];
        put?: never;
        post: operations["make_link_api_v1_access_links_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/links/{link_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["revoke_link_api_v1_access_links__link_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/links/{link_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["rotate_link_api_v1_access_links__link_id__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_log_api_v1_access_log_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/log.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_log_api_v1_access_log_csv_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/owner-chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_owner_chats_api_v1_access_owner_chats_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/owner-chats/{bot_id}/{telegram_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["unbind_owner_chat_api_v1_access_owner_chats__bot_id___telegram_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/owner-chats/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["make_owner_code_api_v1_access_owner_chats_codes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_sessions_api_v1_access_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["end_session_api_v1_access_sessions__session_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sessions/end-others": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["end_other_sessions_api_v1_access_sessions_end_others_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/sessions/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_history_api_v1_access_sessions_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analysts/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_analyst_keys_api_v1_analysts_keys_get"];
        put?: never;
        post: operations["make_analyst_key_api_v1_analysts_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analysts/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["revoke_analyst_key_api_v1_analysts_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analysts/keys/{key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["rotate_analyst_key_api_v1_analysts_keys__key_id__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_api_keys_api_v1_api_keys_get"];
        put?: never;
        post: operations["create_api_key_api_v1_api_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["revoke_api_key_api_v1_api_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_attention_api_v1_attention_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attention/claims/{bot_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["dismiss_claim_api_v1_attention_claims__bot_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attention/jobs/{bot_id}/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["give_job_up_api_v1_attention_jobs__bot_id___job_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attention/jobs/{bot_id}/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["try_job_again_api_v1_attention_jobs__bot_id___job_id__retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attention/notices/{bot_id}/{notice_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["dismiss_notice_api_v1_attention_notices__bot_id___notice_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["connect_bot_api_v1_bots_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["remove_bot_api_v1_bots__bot_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_bot_modules_api_v1_bots__bot_id__modules_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules-order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["order_modules_api_v1_bots__bot_id__modules_order_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["switch_module_api_v1_bots__bot_id__modules__key__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_changes_api_v1_bots__bot_id__modules__key__history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/history/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_version_api_v1_bots__bot_id__modules__key__history__version__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/history/{version}/difference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_difference_api_v1_bots__bot_id__modules__key__history__version__difference_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/history/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["restore_version_api_v1_bots__bot_id__modules__key__history__version__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/hook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_hook_api_v1_bots__bot_id__modules__key__hook_get"];
        put?: never;
        post: operations["renew_hook_api_v1_bots__bot_id__modules__key__hook_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_settings_api_v1_bots__bot_id__modules__key__settings_get"];
        put: operations["write_settings_api_v1_bots__bot_id__modules__key__settings_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_texts_api_v1_bots__bot_id__modules__key__texts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/texts/{language}/{text_key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["write_text_api_v1_bots__bot_id__modules__key__texts__language___text_key__put"];
        post?: never;
        delete: operations["reset_text_api_v1_bots__bot_id__modules__key__texts__language___text_key__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/{key}/texts/{language}/{text_key}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["preview_text_api_v1_bots__bot_id__modules__key__texts__language___text_key__preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/bookings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_bookings_api_v1_bots__bot_id__modules_bookings_bookings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/bookings/{booking_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cancel_booking_api_v1_bots__bot_id__modules_bookings_bookings__booking_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/bookings/{booking_id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["confirm_booking_api_v1_bots__bot_id__modules_bookings_bookings__booking_id__confirm_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/bookings/{booking_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["decline_booking_api_v1_bots__bot_id__modules_bookings_bookings__booking_id__decline_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/days-off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_days_off_api_v1_bots__bot_id__modules_bookings_days_off_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/days-off/{day}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["put_day_off_api_v1_bots__bot_id__modules_bookings_days_off__day__put"];
        post?: never;
        delete: operations["remove_day_off_api_v1_bots__bot_id__modules_bookings_days_off__day__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/free-times": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_free_times_api_v1_bots__bot_id__modules_bookings_free_times_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_services_api_v1_bots__bot_id__modules_bookings_services_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/bookings/services/{product_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["put_service_api_v1_bots__bot_id__modules_bookings_services__product_id__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/broadcasts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_broadcasts_api_v1_bots__bot_id__modules_broadcasts_broadcasts_get"];
        put?: never;
        post: operations["add_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/broadcasts/{broadcast_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__get"];
        put: operations["change_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__put"];
        post?: never;
        delete: operations["remove_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/broadcasts/{broadcast_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cancel_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/broadcasts/{broadcast_id}/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["schedule_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__schedule_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/broadcasts/{broadcast_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["try_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_groups_api_v1_bots__bot_id__modules_broadcasts_groups_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/broadcasts/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["preview_api_v1_bots__bot_id__modules_broadcasts_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/cart/carts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["carts_api_v1_bots__bot_id__modules_cart_carts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/cart/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["summary_api_v1_bots__bot_id__modules_cart_summary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/cryptopay/bills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_bills_api_v1_bots__bot_id__modules_cryptopay_bills_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_failed_api_v1_bots__bot_id__modules_delivery_deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/deliveries/{order_id}/hand-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["hand_over_api_v1_bots__bot_id__modules_delivery_deliveries__order_id__hand_over_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/deliveries/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["retry_api_v1_bots__bot_id__modules_delivery_deliveries_retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/goods/{good_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["remove_good_api_v1_bots__bot_id__modules_delivery_goods__good_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_keys_api_v1_bots__bot_id__modules_delivery_keys_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/products/{product_id}/goods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_goods_api_v1_bots__bot_id__modules_delivery_products__product_id__goods_get"];
        put?: never;
        post: operations["add_good_api_v1_bots__bot_id__modules_delivery_products__product_id__goods_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/delivery/products/{product_id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["add_keys_api_v1_bots__bot_id__modules_delivery_products__product_id__keys_post"];
        delete: operations["remove_keys_api_v1_bots__bot_id__modules_delivery_products__product_id__keys_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/digest/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_reports_api_v1_bots__bot_id__modules_digest_reports_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/digest/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["send_test_api_v1_bots__bot_id__modules_digest_test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/gates/standing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_standing_api_v1_bots__bot_id__modules_gates_standing_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/loyalty/customers/{buyer_no}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_member_api_v1_bots__bot_id__modules_loyalty_customers__buyer_no__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/loyalty/customers/{buyer_no}/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["change_points_api_v1_bots__bot_id__modules_loyalty_customers__buyer_no__points_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/loyalty/lots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_lots_api_v1_bots__bot_id__modules_loyalty_lots_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/loyalty/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_sums_api_v1_bots__bot_id__modules_loyalty_sums_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/menu/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_entries_api_v1_bots__bot_id__modules_menu_entries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_orders_api_v1_bots__bot_id__modules_orders_orders_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_orders_api_v1_bots__bot_id__modules_orders_orders_csv_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_order_api_v1_bots__bot_id__modules_orders_orders__order_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["cancel_order_api_v1_bots__bot_id__modules_orders_orders__order_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_note_api_v1_bots__bot_id__modules_orders_orders__order_id__note_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/parcels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["add_parcel_api_v1_bots__bot_id__modules_orders_orders__order_id__parcels_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/parcels/{parcel_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["remove_parcel_api_v1_bots__bot_id__modules_orders_orders__order_id__parcels__parcel_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/refunds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["refund_order_api_v1_bots__bot_id__modules_orders_orders__order_id__refunds_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/refunds/{refund_id}/give-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["give_refund_up_api_v1_bots__bot_id__modules_orders_orders__order_id__refunds__refund_id__give_up_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/refunds/{refund_id}/sent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["refund_sent_api_v1_bots__bot_id__modules_orders_orders__order_id__refunds__refund_id__sent_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}/stage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["move_order_api_v1_bots__bot_id__modules_orders_orders__order_id__stage_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/orders/payments/{payment_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["accept_payment_api_v1_bots__bot_id__modules_orders_payments__payment_id__accept_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/promo/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_codes_api_v1_bots__bot_id__modules_promo_codes_get"];
        put?: never;
        post: operations["add_code_api_v1_bots__bot_id__modules_promo_codes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/promo/codes.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_codes_api_v1_bots__bot_id__modules_promo_codes_csv_get"];
        put?: never;
        post: operations["import_codes_api_v1_bots__bot_id__modules_promo_codes_csv_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/promo/codes/{promo_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_code_api_v1_bots__bot_id__modules_promo_codes__promo_id__get"];
        put: operations["change_code_api_v1_bots__bot_id__modules_promo_codes__promo_id__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/promo/codes/{promo_id}/off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["switch_off_api_v1_bots__bot_id__modules_promo_codes__promo_id__off_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/promo/codes/{promo_id}/on": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["switch_on_api_v1_bots__bot_id__modules_promo_codes__promo_id__on_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/promo/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_usage_api_v1_bots__bot_id__modules_promo_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/referral/inviters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_inviters_api_v1_bots__bot_id__modules_referral_inviters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/referral/rewards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_rewards_api_v1_bots__bot_id__modules_referral_rewards_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/referral/rewards/{reward_id}/give": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["give_reward_api_v1_bots__bot_id__modules_referral_rewards__reward_id__give_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/referral/rewards/{reward_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reject_reward_api_v1_bots__bot_id__modules_referral_rewards__reward_id__reject_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/referral/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_sums_api_v1_bots__bot_id__modules_referral_sums_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/reviews/ratings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_ratings_api_v1_bots__bot_id__modules_reviews_ratings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/reviews/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_reviews_api_v1_bots__bot_id__modules_reviews_reviews_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/reviews/reviews/{review_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["answer_review_api_v1_bots__bot_id__modules_reviews_reviews__review_id__answer_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/reviews/reviews/{review_id}/hide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["hide_review_api_v1_bots__bot_id__modules_reviews_reviews__review_id__hide_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/reviews/reviews/{review_id}/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["show_review_api_v1_bots__bot_id__modules_reviews_reviews__review_id__show_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/stars/agreement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_agreement_api_v1_bots__bot_id__modules_stars_agreement_get"];
        put?: never;
        post: operations["compare_now_api_v1_bots__bot_id__modules_stars_agreement_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/stars/orders/{order_id}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["refund_order_api_v1_bots__bot_id__modules_stars_orders__order_id__refund_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/stock/low": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_low_stock_api_v1_bots__bot_id__modules_stock_low_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/answers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_answers_api_v1_bots__bot_id__modules_support_answers_get"];
        put?: never;
        post: operations["add_answer_api_v1_bots__bot_id__modules_support_answers_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/answers/{answer_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_answer_api_v1_bots__bot_id__modules_support_answers__answer_id__put"];
        post?: never;
        delete: operations["remove_answer_api_v1_bots__bot_id__modules_support_answers__answer_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/questions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_questions_api_v1_bots__bot_id__modules_support_questions_get"];
        put?: never;
        post: operations["add_question_api_v1_bots__bot_id__modules_support_questions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/questions/{question_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_question_api_v1_bots__bot_id__modules_support_questions__question_id__put"];
        post?: never;
        delete: operations["remove_question_api_v1_bots__bot_id__modules_support_questions__question_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/questions/alike": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["find_alike_api_v1_bots__bot_id__modules_support_questions_alike_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_summary_api_v1_bots__bot_id__modules_support_summary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_tickets_api_v1_bots__bot_id__modules_support_tickets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/tickets/{ticket_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/tickets/{ticket_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["answer_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__answer_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/tickets/{ticket_id}/assignee": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["assign_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__assignee_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/tickets/{ticket_id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["close_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__close_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/support/tickets/{ticket_id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reopen_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__reopen_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/transfer/orders/{order_id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["confirm_order_api_v1_bots__bot_id__modules_transfer_orders__order_id__confirm_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/transfer/proofs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_proofs_api_v1_bots__bot_id__modules_transfer_proofs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/transfer/proofs/{proof_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_proof_api_v1_bots__bot_id__modules_transfer_proofs__proof_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/transfer/proofs/{proof_id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["confirm_proof_api_v1_bots__bot_id__modules_transfer_proofs__proof_id__confirm_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/transfer/proofs/{proof_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["decline_proof_api_v1_bots__bot_id__modules_transfer_proofs__proof_id__decline_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/wallet/customers/{buyer_no}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["change_wallet_api_v1_bots__bot_id__modules_wallet_customers__buyer_no__entries_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/wallet/owed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_owed_api_v1_bots__bot_id__modules_wallet_owed_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/wallet/refunds/{refund_id}/to-wallet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["refund_to_wallet_api_v1_bots__bot_id__modules_wallet_refunds__refund_id__to_wallet_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/wallet/wallets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_wallets_api_v1_bots__bot_id__modules_wallet_wallets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/modules/wallet/wallets/{wallet_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_wallet_api_v1_bots__bot_id__modules_wallet_wallets__wallet_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["pause_bot_api_v1_bots__bot_id__pause_put"];
        post?: never;
        delete: operations["resume_bot_api_v1_bots__bot_id__pause_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/photo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["bot_photo_api_v1_bots__bot_id__photo_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/shop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["move_bot_api_v1_bots__bot_id__shop_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/staff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_staff_api_v1_bots__bot_id__staff_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/staff/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_actions_api_v1_bots__bot_id__staff_actions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/staff/chats/{chat_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_chat_api_v1_bots__bot_id__staff_chats__chat_id__put"];
        post?: never;
        delete: operations["unbind_chat_api_v1_bots__bot_id__staff_chats__chat_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/staff/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["make_code_api_v1_bots__bot_id__staff_codes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/staff/members/{telegram_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["put_member_api_v1_bots__bot_id__staff_members__telegram_id__put"];
        post?: never;
        delete: operations["remove_member_api_v1_bots__bot_id__staff_members__telegram_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/template": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["apply_template_api_v1_bots__bot_id__template_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["replace_token_api_v1_bots__bot_id__token_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["preview_bot_api_v1_bots_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/currencies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["currencies_api_v1_currencies_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["data_health_api_v1_data_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["dictionary_api_v1_dictionary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dictionary/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["event_dictionary_api_v1_dictionary_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["enter_api_v1_enter_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enter/telegram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["enter_by_telegram_api_v1_enter_telegram_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_tables_api_v1_exports_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/{table}.{file_format}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_table_api_v1_exports__table___file_format__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/{table}/estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["estimate_table_api_v1_exports__table__estimate_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_exports_api_v1_exports_jobs_get"];
        put?: never;
        post: operations["order_export_api_v1_exports_jobs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/jobs/{export_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_export_api_v1_exports_jobs__export_id__get"];
        put?: never;
        post?: never;
        delete: operations["cancel_export_api_v1_exports_jobs__export_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/jobs/{export_id}/files/{part}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_file_api_v1_exports_jobs__export_id__files__part__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/jobs/{export_id}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_manifest_api_v1_exports_jobs__export_id__manifest_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_schedules_api_v1_exports_schedules_get"];
        put?: never;
        post: operations["add_schedule_api_v1_exports_schedules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/schedules/{schedule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete_schedule_api_v1_exports_schedules__schedule_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/schedules/{schedule_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["run_schedule_api_v1_exports_schedules__schedule_id__run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["fleet_api_v1_fleet_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["health_api_v1_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["leave_api_v1_leave_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["live_api_v1_live_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live/bots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["live_bots_api_v1_live_bots_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["live_overview_api_v1_live_overview_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["me_api_v1_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["askable_metrics_api_v1_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["query_metrics_api_v1_metrics_query_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/query.{file_format}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_metrics_api_v1_metrics_query__file_format__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/modules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_modules_api_v1_modules_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["overview_api_v1_overview_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ready_api_v1_ready_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sheets/{sheet_key}/metrics.{file_format}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["sheet_metrics_api_v1_sheets__sheet_key__metrics__file_format__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_shops_api_v1_shops_get"];
        put?: never;
        post: operations["create_shop_api_v1_shops_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete_shop_api_v1_shops__shop_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["archive_shop_api_v1_shops__shop_id__archive_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/calendar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_calendar_api_v1_shops__shop_id__calendar_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/calendar/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["preview_calendar_api_v1_shops__shop_id__calendar_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/catalogue.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_catalogue_api_v1_shops__shop_id__catalogue_csv_get"];
        put?: never;
        post: operations["import_catalogue_api_v1_shops__shop_id__catalogue_csv_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_categories_api_v1_shops__shop_id__categories_get"];
        put?: never;
        post: operations["create_category_api_v1_shops__shop_id__categories_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/categories-order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["order_categories_api_v1_shops__shop_id__categories_order_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/categories/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_category_api_v1_shops__shop_id__categories__number__put"];
        post?: never;
        delete: operations["remove_category_api_v1_shops__shop_id__categories__number__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/cohorts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_cohorts_api_v1_shops__shop_id__cohorts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_customers_api_v1_shops__shop_id__customers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/customers/{buyer_no}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_customer_api_v1_shops__shop_id__customers__buyer_no__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/customers/{buyer_no}/erasure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_erasure_api_v1_shops__shop_id__customers__buyer_no__erasure_get"];
        put?: never;
        post: operations["erase_customer_api_v1_shops__shop_id__customers__buyer_no__erasure_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/customers/{buyer_no}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_history_api_v1_shops__shop_id__customers__buyer_no__history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["upload_file_api_v1_shops__shop_id__files_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/files/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["download_file_api_v1_shops__shop_id__files__sha256__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_actions_api_v1_shops__shop_id__fraud_actions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/allowed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_allowed_api_v1_shops__shop_id__fraud_allowed_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/denied": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_denied_api_v1_shops__shop_id__fraud_denied_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_limits_api_v1_shops__shop_id__fraud_limits_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/limits/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["preview_limits_api_v1_shops__shop_id__fraud_limits_preview_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_queue_api_v1_shops__shop_id__fraud_queue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_rules_api_v1_shops__shop_id__fraud_rules_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/rules/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_rule_api_v1_shops__shop_id__fraud_rules__rule__put"];
        post?: never;
        delete: operations["reset_rule_api_v1_shops__shop_id__fraud_rules__rule__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/rules/{rule}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["preview_rule_api_v1_shops__shop_id__fraud_rules__rule__preview_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_shopper_api_v1_shops__shop_id__fraud_shoppers__buyer_no__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["decide_api_v1_shops__shop_id__fraud_shoppers__buyer_no__decisions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/decisions/{decision_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["undo_api_v1_shops__shop_id__fraud_shoppers__buyer_no__decisions__decision_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_snoozes_api_v1_shops__shop_id__fraud_shoppers__buyer_no__snoozes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["snooze_rule_api_v1_shops__shop_id__fraud_shoppers__buyer_no__snoozes__rule__put"];
        post?: never;
        delete: operations["end_snooze_api_v1_shops__shop_id__fraud_shoppers__buyer_no__snoozes__rule__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/funnel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_funnel_api_v1_shops__shop_id__funnel_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/imprint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_imprint_api_v1_shops__shop_id__imprint_get"];
        put: operations["write_imprint_api_v1_shops__shop_id__imprint_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/language": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_shop_language_api_v1_shops__shop_id__language_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/name": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["rename_shop_api_v1_shops__shop_id__name_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_products_api_v1_shops__shop_id__products_get"];
        put?: never;
        post: operations["create_product_api_v1_shops__shop_id__products_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products-order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["order_products_api_v1_shops__shop_id__products_order_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_product_api_v1_shops__shop_id__products__number__get"];
        put: operations["change_product_api_v1_shops__shop_id__products__number__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}/archived": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["archive_product_api_v1_shops__shop_id__products__number__archived_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}/photos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_product_photos_api_v1_shops__shop_id__products__number__photos_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_product_stock_api_v1_shops__shop_id__products__number__stock_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}/variants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_variant_api_v1_shops__shop_id__products__number__variants_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}/variants-order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["order_variants_api_v1_shops__shop_id__products__number__variants_order_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/products/{number}/variants/{variant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_variant_api_v1_shops__shop_id__products__number__variants__variant__put"];
        post?: never;
        delete: operations["remove_variant_api_v1_shops__shop_id__products__number__variants__variant__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_rates_api_v1_shops__shop_id__rates_get"];
        put: operations["set_rate_api_v1_shops__shop_id__rates_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/rates/{currency}/{valid_from}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["drop_rate_api_v1_shops__shop_id__rates__currency___valid_from__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["restore_shop_api_v1_shops__shop_id__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_retention_api_v1_shops__shop_id__retention_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/segments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_segments_api_v1_shops__shop_id__segments_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/segments/{segment}/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_segment_customers_api_v1_shops__shop_id__segments__segment__customers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sent-files/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["want_sent_file_api_v1_shops__shop_id__sent_files__number__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_sources_api_v1_shops__shop_id__sources_get"];
        put?: never;
        post: operations["create_source_api_v1_shops__shop_id__sources_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sources/{source_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_source_api_v1_shops__shop_id__sources__source_id__get"];
        put: operations["change_source_api_v1_shops__shop_id__sources__source_id__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sources/{source_id}/costs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_costs_api_v1_shops__shop_id__sources__source_id__costs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sources/{source_id}/costs/{day}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_cost_api_v1_shops__shop_id__sources__source_id__costs__day__put"];
        post?: never;
        delete: operations["drop_cost_api_v1_shops__shop_id__sources__source_id__costs__day__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sources/{source_id}/qr.{picture}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["draw_source_api_v1_shops__shop_id__sources__source_id__qr__picture__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/sources/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_source_figures_api_v1_shops__shop_id__sources_figures_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_webhooks_api_v1_shops__shop_id__webhooks_get"];
        put?: never;
        post: operations["create_webhook_api_v1_shops__shop_id__webhooks_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__get"];
        put: operations["change_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__put"];
        post?: never;
        delete: operations["delete_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_deliveries_api_v1_shops__shop_id__webhooks__endpoint_id__deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["read_delivery_api_v1_shops__shop_id__webhooks__endpoint_id__deliveries__delivery_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["replay_delivery_api_v1_shops__shop_id__webhooks__endpoint_id__deliveries__delivery_id__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/parked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["drop_parked_api_v1_shops__shop_id__webhooks__endpoint_id__parked_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["replay_range_api_v1_shops__shop_id__webhooks__endpoint_id__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["rotate_webhook_secret_api_v1_shops__shop_id__webhooks__endpoint_id__secret_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/webhooks/{endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["test_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/write-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_write_keys_api_v1_shops__shop_id__write_keys_get"];
        put?: never;
        post: operations["create_write_key_api_v1_shops__shop_id__write_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shops/{shop_id}/write-keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["revoke_write_key_api_v1_shops__shop_id__write_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["status_api_v1_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["storage_api_v1_storage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_templates_api_v1_templates_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ActionsPage: {
            actions: components["schemas"]["FraudAction"][];
            next: string | null;
        };
        AnalystKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            id: number;
            label: string;
            revoked_at: string | null;
            used_at: string | null;
        };
        AnalystKeyDraft: {
            expires_at?: string | null;
            label: string;
        };
        "Answer-Input": {
            text: string;
        };
        "Answer-Output": {
            id: number;
            /** @default 0 */
            position?: number;
            text: components["schemas"]["BilingualText"];
            title: string;
            readonly version: string;
        };
        AnswerDraft: {
            /** @default 0 */
            position?: number;
            text: components["schemas"]["BilingualText"];
            title: string;
        };
        Answered: {
            /** @enum {string} */
            answer: "revoked" | "was_me";
        };
        api__routes__links__Rotation: {
            /** @default 0 */
            overlap_minutes?: number;
        };
        api__routes__webhooks__Rotation: {
            /** @default 1440 */
            overlap_minutes?: number;
        };
        ApiKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            id: number;
            key_tail: string;
            label: string;
            last_used_at: string | null;
            made_by: number;
            requests: number;
            /** @enum {string} */
            scope: "figures" | "orders" | "customers" | "sheet";
            shop_ids: number[];
        };
        ApiKeyDraft: {
            expires_at?: string | null;
            label: string;
            /** @enum {string} */
            scope: "figures" | "orders" | "customers" | "sheet";
            shop_ids: number[];
        };
        AppLaunch: {
            bot_id: number;
            /** Format: password */
            init_data: string;
        };
        AppSession: {
            expires_in: number;
            token: string;
        };
        Archived: {
            is_archived: boolean;
        };
        AskableMetric: {
            breakdowns: string[];
            formula: string;
            grains: ("hour" | "day" | "week" | "month" | "whole")[];
            is_live: boolean;
            key: string;
            number: number;
            title: string;
            unit: string;
        };
        Assignee: {
            assignee: string;
        };
        Attempt: {
            answer: string;
            /** Format: date-time */
            at: string;
            attempt: number;
            error: string | null;
            status: number | null;
            took_ms: number;
        };
        AttentionItem: {
            alert_id?: number | null;
            amount_minor?: number | null;
            /** Format: date-time */
            at: string;
            bot_id: number;
            charge_id?: string | null;
            /** @default 1 */
            count?: number;
            currency?: string | null;
            /** @default false */
            is_periodic?: boolean;
            job_id?: number | null;
            /** @enum {string} */
            kind: "bot_failed" | "payment_unbooked" | "bot_claimed" | "bill_refused" | "updates_skipped" | "bot_used_elsewhere" | "job_failed" | "module_says" | "contact_missing" | "rate_missing" | "access_alert" | "webhook_failed" | "webhook_parked" | "fraud_held";
            link?: string | null;
            module?: string | null;
            notice_id?: number | null;
            reason: string;
            shop_id: number;
            subject?: string | null;
            text?: components["schemas"]["Translated"] | null;
            title?: components["schemas"]["Translated"] | null;
            webhook_id?: number | null;
        };
        Audience: {
            bought?: boolean | null;
            /** @default [] */
            groups?: string[];
            /** @default [] */
            languages?: string[];
            /** @default [] */
            products?: number[];
            seen_days?: number | null;
            /** @default [] */
            segments?: ("champions" | "loyal" | "promising" | "at_risk" | "sleeping" | "lost")[];
            /** @default [] */
            sources?: string[];
            unseen_days?: number | null;
        };
        AudienceGroup: {
            key: string;
            people: number;
            title_en: string;
            title_ru: string;
        };
        AudienceGroups: {
            groups: components["schemas"]["AudienceGroup"][];
            segments: {
                [key: string]: number;
            };
        };
        Balance: {
            expires_at?: string | null;
            /** @default 0 */
            expiring?: number;
            /** @default 0 */
            usable?: number;
            /** @default 0 */
            waiting?: number;
        };
        Bilingual: {
            en: string;
            ru: string;
        };
        BilingualText: {
            /** @default  */
            en?: string;
            /** @default  */
            ru?: string;
        };
        Bill: {
            amount_minor: number;
            buyer_no: number;
            /** Format: date-time */
            created_at: string;
            currency: string;
            error: string | null;
            expires_at: string | null;
            id: number;
            invoice_id: number | null;
            order_id: number;
            order_no: number;
            /** @enum {string} */
            purpose: "goods" | "top_up";
            /** @enum {string} */
            state: "asked" | "open" | "paid" | "expired" | "withdrawn" | "failed";
            url: string;
        };
        BindingCode: {
            code: string;
            /** Format: date-time */
            expires_at: string;
        };
        Booking: {
            bot_id: number;
            buyer_no: number;
            calendar: number;
            /** Format: date-time */
            created_at: string;
            decided_by: string;
            /** Format: date-time */
            ends_at: string;
            held_until: string | null;
            id: number;
            is_all: boolean;
            order_id: number | null;
            order_no: number | null;
            order_stage: string | null;
            order_status: string | null;
            places: number;
            product_id: number;
            reason: string;
            /** Format: date-time */
            starts_at: string;
            /** @enum {string} */
            state: "held" | "requested" | "confirmed" | "released" | "declined" | "cancelled" | "lost";
            title: string;
        };
        Bot: {
            id: number;
            /** @enum {string} */
            mode: "hosted" | "observed";
            modules: string[];
            pause_text?: components["schemas"]["Bilingual"] | null;
            paused_at?: string | null;
            photo_id: string | null;
            shop_id: number;
            /** @enum {string} */
            state: "queued" | "starting" | "running" | "failed" | "stopped";
            /** Format: date-time */
            state_changed_at: string;
            state_reason: string | null;
            title: string | null;
            token_tail: string;
            username: string | null;
        };
        BotDraft: {
            /** @default  */
            contact?: string;
            /**
             * @default hosted
             * @enum {string}
             */
            mode?: "hosted" | "observed";
            /** @default [] */
            modules?: string[];
            shop_id: number;
            template?: string | null;
            /** Format: password */
            token: string;
        };
        BotLink: {
            address: string;
            bot_id: number;
        };
        BotModulesView: {
            leftovers: string[];
            modules: components["schemas"]["BotModuleView"][];
        };
        BotModuleView: {
            has_hook: boolean;
            has_panel: boolean;
            has_settings: boolean;
            is_installed: boolean;
            is_on: boolean;
            key: string;
            notice: string | null;
            required_by: string[];
            requires: string[];
            summary: components["schemas"]["Translated"];
            title: components["schemas"]["Translated"];
            version: number;
        };
        BotOfFleet: {
            bot_id: number;
            heartbeat_at: string | null;
            is_open: boolean;
            jobs_overdue: number;
            last_update_at: string | null;
            load: number;
            messages_waiting: number;
            oldest_job_at: string | null;
            oldest_message_at: string | null;
            paused_at: string | null;
            shop_id: number;
            /** @enum {string} */
            state: "queued" | "starting" | "running" | "failed" | "stopped";
            state_reason: string | null;
            updates_rate: number;
            username: string | null;
            worker: string | null;
        };
        BotPreview: {
            id: number;
            photo: string | null;
            title: string;
            username: string | null;
        };
        bots__modules__bookings__panel__Decision: {
            /** @default  */
            reason?: string;
        };
        bots__modules__delivery__store__Delivery: {
            /** Format: date-time */
            created_at: string;
            delivered_at: string | null;
            line: number;
            opened: number;
            order_id: number;
            order_no: number;
            product_id: number;
            quantity: number;
            /** @enum {string} */
            state: "delivered" | "failed";
            title: string;
        };
        bots__modules__promo__importing__CodeRow: {
            code: string;
            /** @default  */
            column?: string;
            /** @default  */
            detail?: string;
            line: number;
            /** @enum {string} */
            outcome: "added" | "changed" | "left" | "refused";
            /** @default  */
            problem?: string;
        };
        bots__modules__promo__panel__CodeRow: {
            amount_minor?: number | null;
            buyer_no?: number | null;
            /** @default [] */
            category_ids?: number[];
            code: string;
            /** Format: date-time */
            created_at: string;
            currency?: string | null;
            ends_at?: string | null;
            /** @default false */
            first_order_only?: boolean;
            gift_product_id?: number | null;
            gift_variant_id?: number | null;
            id: number;
            is_active: boolean;
            /** @default false */
            is_together?: boolean;
            /** @enum {string} */
            kind: "percent" | "amount" | "goods" | "shipping";
            least_minor?: number | null;
            link?: string | null;
            /** @default 1 */
            most_per_buyer?: number | null;
            most_uses?: number | null;
            /** @default  */
            note?: string;
            /** @default [] */
            product_ids?: number[];
            share_bp?: number | null;
            starts_at?: string | null;
            /** @default [] */
            usage?: components["schemas"]["Usage"][];
            version: number;
        };
        bots__modules__reviews__store__Summary: {
            average: number | null;
            product_id: number;
            reviews: number;
            title: string;
        };
        bots__modules__support__overview__Summary: {
            answered: number;
            closed: number;
            first_reply_seconds: number | null;
            opened: number;
            rating: number | null;
            ratings: number;
            waiting: number;
            waiting_since: string | null;
        };
        bots__modules__wallet__panel__Decision: {
            amount_minor: number;
            currency: string;
            key: string;
            /** @enum {string} */
            kind: "reward" | "payout" | "adjustment";
            reason: string;
        };
        Broadcast: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            draft: components["schemas"]["BroadcastDraft"];
            ended_at: string | null;
            id: number;
            own_from: number | null;
            started_at: string | null;
            starts_at: string | null;
            /** @enum {string} */
            state: "draft" | "scheduled" | "sending" | "done" | "cancelled";
            version: number;
        };
        BroadcastDraft: {
            /**
             * @default {
             *       "products": [],
             *       "segments": [],
             *       "groups": [],
             *       "sources": [],
             *       "languages": []
             *     }
             */
            audience?: components["schemas"]["Audience"];
            /**
             * @default {
             *       "to": "home",
             *       "label": {
             *         "en": "Open the shop",
             *         "ru": "Открыть магазин"
             *       },
             *       "url": ""
             *     }
             */
            leads?: components["schemas"]["Leads"];
            texts: components["schemas"]["BilingualText"][];
            title: string;
        };
        BroadcastPage: {
            broadcasts: components["schemas"]["ShownBroadcast"][];
            next_before: number | null;
        };
        BroadcastPreview: {
            /** Format: date-time */
            ends_at: string;
            people: number;
            seconds: number;
            /** Format: date-time */
            starts_at: string;
        };
        BroadcastResult: {
            texts: components["schemas"]["TextResult"][];
        };
        BroadcastStart: {
            at?: string | null;
            version?: number | null;
        };
        BroadcastTest: {
            chats: number;
        };
        CartPage: {
            carts: components["schemas"]["OpenCart"][];
            next_at?: string | null;
            next_buyer_no?: number | null;
        };
        Category: {
            id: number;
            /** @default false */
            is_hidden?: boolean;
            parent_id?: number | null;
            position: number;
            /** @default 0 */
            products?: number;
            title: string;
            version: number;
        };
        CategoryDraft: {
            /** @default false */
            is_hidden?: boolean;
            parent_id?: number | null;
            title: string;
        };
        CategoryOrder: {
            categories: number[];
            parent_id?: number | null;
        };
        CellChange: {
            after: string;
            before: string;
            column: string;
        };
        CellTrouble: {
            code: string;
            column: string;
            detail: string;
        };
        ChangeView: {
            /** @enum {string} */
            action: "begun" | "switched_on" | "switched_off" | "settings" | "restored";
            at: string;
            by: string;
            restored_version: number | null;
            version: number;
        };
        ChatChange: {
            anyone_may_press: boolean;
        };
        ChatView: {
            anyone_may_press: boolean;
            bot_id: number;
            /** Format: date-time */
            bound_at: string;
            chat_id: number;
            has_topics: boolean;
            moved_from: number | null;
            title: string;
            topics: {
                [key: string]: number;
            };
            trouble: string | null;
            version: string;
        };
        CheckedChannel: {
            chat: string;
            error: string;
        };
        Code: {
            amount_minor?: number | null;
            buyer_no?: number | null;
            /** @default [] */
            category_ids?: number[];
            code: string;
            /** Format: date-time */
            created_at: string;
            currency?: string | null;
            ends_at?: string | null;
            /** @default false */
            first_order_only?: boolean;
            gift_product_id?: number | null;
            gift_variant_id?: number | null;
            id: number;
            is_active: boolean;
            /** @default false */
            is_together?: boolean;
            /** @enum {string} */
            kind: "percent" | "amount" | "goods" | "shipping";
            least_minor?: number | null;
            link?: string | null;
            /** @default 1 */
            most_per_buyer?: number | null;
            most_uses?: number | null;
            /** @default  */
            note?: string;
            /** @default [] */
            product_ids?: number[];
            share_bp?: number | null;
            starts_at?: string | null;
            version: number;
        };
        CodeChange: {
            amount_minor?: number | null;
            buyer_no?: number | null;
            /** @default [] */
            category_ids?: number[];
            code: string;
            currency?: string | null;
            ends_at?: string | null;
            /** @default false */
            first_order_only?: boolean;
            gift_product_id?: number | null;
            gift_variant_id?: number | null;
            /** @default true */
            is_active?: boolean;
            /** @default false */
            is_together?: boolean;
            /** @enum {string} */
            kind: "percent" | "amount" | "goods" | "shipping";
            least_minor?: number | null;
            /** @default 1 */
            most_per_buyer?: number | null;
            most_uses?: number | null;
            /** @default  */
            note?: string;
            /** @default [] */
            product_ids?: number[];
            share_bp?: number | null;
            starts_at?: string | null;
            version: number;
        };
        CodePage: {
            codes: components["schemas"]["bots__modules__promo__panel__CodeRow"][];
            next_before?: number | null;
        };
        CodesReport: {
            added: number;
            changed: number;
            ignored_columns: string[];
            /** @default false */
            is_applied?: boolean;
            left: number;
            plan: string;
            refused: number;
            rows: components["schemas"]["bots__modules__promo__importing__CodeRow"][];
        };
        Cohort: {
            ages: components["schemas"]["CohortAge"][];
            /** Format: date */
            first: string;
            /** Format: date */
            last: string;
            size: number;
        };
        CohortAge: {
            age: number;
            conversion: number | null;
            converted: number;
            ltv_minor: number | null;
            net_sales_minor: number | null;
            retained: number;
            retention: number | null;
            returned: number;
            rolling_retention: number | null;
            size: number;
        };
        CohortsAnswer: {
            /** Format: date-time */
            as_of: string;
            cohorts: components["schemas"]["Cohort"][];
            currency: string;
            /** @enum {string} */
            grain: "day" | "week" | "month";
            timezone: string;
            together: components["schemas"]["CohortAge"][];
            /** Format: date */
            until: string;
            /** @enum {string} */
            variant: "raw" | "clean";
        };
        ColumnOfTable: {
            is_personal: boolean;
            /** @enum {string} */
            kind: "text" | "whole" | "decimal" | "number" | "time" | "day" | "truth";
            name: string;
            title: {
                [key: string]: string;
            };
        };
        Comparison: {
            /** Format: date */
            first: string;
            /** @enum {string} */
            kind: "none" | "previous" | "year" | "weekdays" | "custom";
            /** Format: date */
            last: string;
            until: string | null;
        };
        Completeness: {
            complete: boolean;
            days: components["schemas"]["IncompleteDays"][];
            left_off: number;
        };
        Confirmation: {
            /** Format: date-time */
            asked_at: string;
            /** @enum {string} */
            deed: "bot_token" | "bot_removal" | "bot_silencing" | "bot_move" | "shop_archive" | "shop_deletion" | "owner_link" | "link_rotation" | "link_revocation" | "owner_chat" | "chat_unbinding" | "erasure" | "payout" | "credit" | "export" | "export_release" | "export_delivery" | "analyst_key" | "api_key";
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            state: "waiting" | "confirmed" | "declined" | "expired" | "used";
        };
        ConfirmedCalendar: {
            currency: string;
            /** Format: date */
            recount_from: string;
            timezone: string;
        };
        Consequences: {
            currency: string;
            /** Format: date */
            recount_from: string;
            text: components["schemas"]["Bilingual"];
            timezone: string;
        };
        core__shop__webhook_deliveries__Delivery: {
            attempts: number;
            /** Format: date-time */
            created_at: string;
            event: string;
            id: number;
            last_error: string | null;
            last_status: number | null;
            /** Format: uuid */
            message_id: string;
            next_at: string | null;
            /** Format: date-time */
            occurred_at: string;
            order_id: number;
            settled_at: string | null;
            /** @enum {string} */
            state: "waiting" | "delivered" | "parked" | "dropped";
        };
        Cost: {
            amount_minor: number;
            currency: string;
            /** Format: date */
            day: string;
            /** Format: date-time */
            noted_at: string;
            source_id: number;
        };
        CostDraft: {
            amount_minor: number;
            currency: string;
        };
        Count: {
            count: number;
        };
        CustomersPage: {
            customers: components["schemas"]["ListedCustomer"][];
            next: string | null;
        };
        DataHealth: {
            /** Format: date-time */
            checked_at: string;
            days: number;
            shipping?: components["schemas"]["Shipping"] | null;
            shops: components["schemas"]["ShopHealth"][];
            sound: boolean;
        };
        DayOff: {
            /** Format: date */
            day: string;
            note: string;
        };
        DayOffDraft: {
            /** @default  */
            note?: string;
        };
        DecisionDraft: {
            abuse?: ("traffic" | "promo" | "stock" | "payment" | "refund" | "goods" | "flood" | "scrape") | null;
            /** @enum {string} */
            decision: "confirmed" | "false_positive" | "ignored" | "allowed" | "disallowed";
            /** @default  */
            note?: string;
        };
        Declined: {
            /** @default  */
            comment?: string;
            /** @enum {string} */
            reason: "not_received" | "wrong_amount" | "unreadable" | "other";
        };
        DeliveriesPage: {
            deliveries: components["schemas"]["core__shop__webhook_deliveries__Delivery"][];
            next: number | null;
        };
        DeliveryDetails: {
            attempts: number;
            body: string | null;
            /** Format: date-time */
            created_at: string;
            event: string;
            id: number;
            last_error: string | null;
            last_status: number | null;
            log: components["schemas"]["Attempt"][];
            /** Format: uuid */
            message_id: string;
            next_at: string | null;
            /** Format: date-time */
            occurred_at: string;
            order_id: number;
            settled_at: string | null;
            /** @enum {string} */
            state: "waiting" | "delivered" | "parked" | "dropped";
        };
        Detail: {
            field: string;
            label: string;
            value: string;
        };
        Device: {
            agent: string;
            country: string;
            /** Format: date-time */
            first_seen_at: string;
            label: string;
            /** Format: date-time */
            last_seen_at: string;
            link_id: number;
            network: string;
            sessions: number;
        };
        Difference: {
            after: unknown;
            before: unknown;
            field: string;
        };
        DigestState: {
            asked_at: string | null;
            chats: number;
            daily: boolean;
            hour: number;
            reports: components["schemas"]["SentReport"][];
            weekly: boolean;
        };
        DoubtedShopper: {
            cases: components["schemas"]["FraudCase"][];
            customer: components["schemas"]["ListedCustomer"];
            decisions: components["schemas"]["StoredDecision"][];
        };
        DraftChange: {
            draft: components["schemas"]["BroadcastDraft"];
            version: number;
        };
        Ended: {
            ended: number;
        };
        Endpoint: {
            /** Format: date-time */
            created_at: string;
            events: string[];
            failing_since: string | null;
            failures: number;
            former_secret_ends_at: string | null;
            id: number;
            label: string;
            last_error: string | null;
            parked: number;
            shop_id: number;
            /** @enum {string} */
            state: "on" | "off" | "failed";
            succeeded_at: string | null;
            url: string;
            version: number;
            waiting: number;
            with_personal: boolean;
        };
        "Entry-Input": {
            /** Format: password */
            token: string;
        };
        "Entry-Output": {
            amount_minor: number;
            balance_minor: number;
            /** Format: date-time */
            created_at: string;
            currency: string;
            id: number;
            /** @enum {string} */
            kind: "top_up" | "purchase" | "refund" | "reward" | "payout" | "adjustment";
            made_by: string;
            order_id: number | null;
            order_no: number | null;
            reason: string;
        };
        EntryPage: {
            entries: components["schemas"]["Entry-Output"][];
            next_before: number | null;
            wallet: components["schemas"]["WalletRow"];
        };
        ErasureDraft: {
            /** @default false */
            with_events?: boolean;
        };
        ErasureView: {
            clickhouse_rows_left: {
                [key: string]: number;
            } | null;
            done_at: string | null;
            postgres_rows_left: {
                [key: string]: number;
            };
            requested_at: string | null;
            /** @enum {string} */
            state: "none" | "clearing" | "done";
            with_events: boolean;
        };
        Estimate: {
            rows: number;
        };
        EventView: {
            emitted_by: string[];
            group: string;
            is_platform: boolean;
            name: string;
            props: {
                [key: string]: unknown;
            } | null;
            title: string;
            version: number;
        };
        ExportJob: {
            /** Format: date-time */
            created_at: string;
            error: string | null;
            expires_at: string | null;
            finished_at: string | null;
            /** Format: date */
            first_day: string;
            /** Format: uuid */
            id: string;
            /** Format: date */
            last_day: string;
            layout: {
                [key: string]: unknown;
            };
            parts: number;
            parts_done: number;
            rows: number;
            shop_ids: number[];
            size_bytes: number;
            started_at: string | null;
            /** @enum {string} */
            state: "queued" | "running" | "done" | "failed" | "cancelled" | "expired" | "erased";
            table_key: string;
            with_people: boolean;
        };
        ExportSchedule: {
            chat: components["schemas"]["OwnersChat"] | null;
            /** Format: date-time */
            created_at: string;
            delivered_at: string | null;
            /** Format: date-time */
            due_at: string;
            error: string | null;
            /**
             * @default week
             * @enum {string}
             */
            every?: "day" | "week";
            /** @default 9 */
            hour?: number;
            id: number;
            layout: {
                [key: string]: unknown;
            };
            s3: components["schemas"]["S3Target"] | null;
            shop_ids: number[];
            table_key: string;
            timezone: string;
            /** @default 1 */
            weekday?: number;
            with_people: boolean;
        };
        FeedItem: {
            amount_minor: number;
            /** Format: date-time */
            at: string;
            bot_id: number;
            buyer_no: number;
            currency: string;
            event: string;
            order_id: number | null;
            product_title: string | null;
            shop_id: number;
        };
        FieldProblem: {
            field: string;
            kind?: string | null;
            message: string;
            values?: {
                [key: string]: unknown;
            } | null;
        };
        Figure: {
            currency: string | null;
            /** @enum {string} */
            key: "net_sales" | "paid_orders" | "aov" | "active_buyers" | "new_users" | "active_users" | "starts";
            /** @enum {string} */
            kind: "money" | "count" | "ratio";
            previous: number | null;
            series: components["schemas"]["Point"][];
            value: number | null;
        };
        FiguresOfSources: {
            costs: components["schemas"]["Cost"][];
            figures: components["schemas"]["SourceFigures"][];
            /** Format: date */
            first: string;
            /** Format: date */
            last: string;
            touch: string;
        };
        File: {
            /** Format: date-time */
            created_at: string;
            file_name: string;
            height: number | null;
            media_type: string;
            sha256: string;
            size: number;
            width: number | null;
        };
        Fleet: {
            bots: components["schemas"]["BotOfFleet"][];
            workers: components["schemas"]["WorkerOfFleet"][];
        };
        FraudAction: {
            abuse: string;
            /** @enum {string} */
            action: "drop" | "mute" | "slow" | "lock" | "prepay" | "hold" | "by_hand" | "stop";
            bot_id: number;
            buyer_no: number;
            /** Format: date-time */
            first_at: string;
            id: number;
            is_shadow: boolean;
            /** Format: date-time */
            last_at: string;
            order_id: number | null;
            reasons: components["schemas"]["ReasonInWords"][];
            score: number;
            times: number;
            title: components["schemas"]["Translated"];
            words: components["schemas"]["Translated"];
        };
        FraudCase: {
            abuse: string;
            buyer_no: number;
            first_name: string;
            is_allowed: boolean;
            label: ("confirmed" | "false_positive" | "ignored") | null;
            /** @enum {string} */
            outcome: "allow" | "review" | "hold" | "block";
            reasons: components["schemas"]["ReasonInWords"][];
            score: number;
            /** Format: date-time */
            seen_at: string;
            telegram_id: number | null;
            title: components["schemas"]["Translated"];
            username: string | null;
        };
        FraudRules: {
            limits: components["schemas"]["LimitsDraft"];
            rules: components["schemas"]["RuleView"][];
        };
        FreeTime: {
            /** Format: date-time */
            ends_at: string;
            /** Format: date-time */
            starts_at: string;
        };
        Freshness: {
            lag_seconds: number | null;
            last_event_at: string | null;
            outbox_waiting: number;
        };
        FunnelAnswer: {
            /** Format: date-time */
            as_of: string;
            by: ("source" | "language" | "product") | null;
            /** Format: date */
            first: string;
            is_over: boolean;
            /** Format: date */
            last: string;
            parts: components["schemas"]["FunnelPart"][];
            parts_left_off: number;
            steps: components["schemas"]["StepUsers"][];
            timezone: string;
            /** @enum {string} */
            variant: "raw" | "clean";
            within_days: number;
        };
        FunnelPart: {
            key: string;
            label: string | null;
            steps: components["schemas"]["StepUsers"][];
        };
        FunnelStep: {
            /** @enum {string} */
            step: "started" | "catalog_viewed" | "product_viewed" | "cart_or_checkout" | "order_created" | "order_paid";
            users: number;
        };
        Good: {
            content: string;
            /** Format: date-time */
            created_at: string;
            id: number;
            /** @enum {string} */
            kind: "file" | "link" | "text";
            product_id: number;
            sha256: string | null;
            title: string;
            variant_id: number | null;
        };
        GoodDraft: {
            content: string;
            /** @enum {string} */
            kind: "file" | "link" | "text";
            /** @default  */
            title?: string;
            variant_id?: number | null;
        };
        Happening: {
            amount_minor?: number | null;
            /** Format: date-time */
            at: string;
            /** @default  */
            by?: string;
            /** @default  */
            text?: string;
            /** @enum {string} */
            what: "created" | "paid" | "held" | "refund_asked" | "refunded" | "parcel" | "staff";
        };
        Health: {
            /**
             * @default ok
             * @constant
             */
            status?: "ok";
        };
        HeldHorizon: {
            application: string;
            pid: number;
            seconds: number;
        };
        HeldReward: {
            amount_minor: number;
            bot_id: number;
            buyer_no: number;
            currency: string;
            decided_at: string | null;
            /** Format: date-time */
            due_at: string;
            /** Format: date-time */
            earned_at: string;
            id: number;
            invited_buyer_no: number;
            is_share: boolean;
            level: number;
            order_id: number;
            order_no: number;
            reason: string;
            /** @enum {string} */
            state: "held" | "given" | "rejected";
            /** @enum {string} */
            suspicion: "" | "contact" | "burst";
            way: string;
        };
        HistoryItem: {
            amount_minor: number | null;
            /** Format: date-time */
            at: string;
            bot_id: number;
            currency: string | null;
            event: string;
            order_no: number | null;
            outcome: string | null;
            product: string | null;
            quantity: number | null;
            session_no: number;
        };
        HistoryPage: {
            events: components["schemas"]["HistoryItem"][];
            next: string | null;
        };
        Hook: {
            /** Format: date-time */
            created_at: string;
            last_call_at: string | null;
            path: string;
        };
        ImportReport: {
            added: number;
            changed: number;
            ignored_columns: string[];
            /** @default false */
            is_applied?: boolean;
            left: number;
            new_categories: string[];
            plan: string;
            refused: number;
            rows: components["schemas"]["RowReport"][];
        };
        Imprint: {
            /**
             * @default {
             *       "ru": "",
             *       "en": ""
             *     }
             */
            about?: components["schemas"]["BilingualText"];
            /** @default  */
            contact?: string;
            /** @default  */
            seller?: string;
            /**
             * @default {
             *       "ru": "",
             *       "en": ""
             *     }
             */
            terms?: components["schemas"]["BilingualText"];
        };
        ImprintDraft: {
            /**
             * @default {
             *       "ru": "",
             *       "en": ""
             *     }
             */
            about?: components["schemas"]["BilingualText"];
            /** @default  */
            contact?: string;
            /** @default  */
            seller?: string;
            /**
             * @default {
             *       "ru": "",
             *       "en": ""
             *     }
             */
            terms?: components["schemas"]["BilingualText"];
        };
        IncompleteDays: {
            /** Format: date */
            first: string;
            /** Format: date */
            last: string;
            shop_id: number;
            /** @enum {string} */
            why: "not_over" | "expired" | "not_computed";
        };
        InviterRow: {
            bought: number;
            buyer_name: string;
            buyer_no: number;
            invited: number;
            rejected: number;
        };
        JobFile: {
            day: string | null;
            name: string | null;
            part: number;
            rows: number;
            sha256: string | null;
            size_bytes: number;
            /** Format: date-time */
            written_at: string;
        };
        JobOrder: {
            from?: string | null;
            /**
             * @default {
             *       "file_format": "csv",
             *       "headings": "names",
             *       "separator": "comma",
             *       "decimal": "point",
             *       "bom": false,
             *       "packing": "none",
             *       "columns": []
             *     }
             */
            layout?: components["schemas"]["Layout"];
            table: string;
            to?: string | null;
        };
        KeyCount: {
            free: number;
            issued: number;
            product_id: number;
            title: string;
            variant_id: number | null;
        };
        KeyRotation: {
            /** @default 0 */
            overlap_minutes?: number;
        };
        KeysAdded: {
            added: number;
            delivered: number;
            known: number;
        };
        KeysDraft: {
            /** @default false */
            is_csv?: boolean;
            text: string;
            variant_id?: number | null;
        };
        Layout: {
            /** @default false */
            bom?: boolean;
            /** @default [] */
            columns?: string[];
            /**
             * @default point
             * @enum {string}
             */
            decimal?: "point" | "comma";
            /**
             * @default csv
             * @enum {string}
             */
            file_format?: "csv" | "parquet" | "xlsx" | "jsonl";
            /**
             * @default names
             * @enum {string}
             */
            headings?: "names" | "ru" | "en";
            /**
             * @default none
             * @enum {string}
             */
            packing?: "none" | "gzip" | "zstd";
            /**
             * @default comma
             * @enum {string}
             */
            separator?: "comma" | "semicolon" | "tab";
        };
        Leads: {
            /**
             * @default {
             *       "ru": "Открыть магазин",
             *       "en": "Open the shop"
             *     }
             */
            label?: components["schemas"]["BilingualText"];
            product_id?: number | null;
            /**
             * @default home
             * @enum {string}
             */
            to?: "nothing" | "home" | "product" | "page";
            /** @default  */
            url?: string;
        };
        LimitsDraft: {
            block: number;
            review: number;
        };
        LimitsPreview: {
            reviewed: number;
            stopped: number;
            users: number;
        };
        LinkDraft: {
            expires_at?: string | null;
            label: string;
            /** @enum {string} */
            role: "owner" | "analyst" | "viewer";
            shop_ids?: number[] | null;
        };
        ListedCustomer: {
            blocked_at: string | null;
            buyer_no: number;
            first_name: string;
            /** Format: date-time */
            first_seen_at: string;
            is_premium: boolean;
            is_staff: boolean;
            is_test: boolean;
            language: string;
            last_bought_at: string | null;
            /** Format: date-time */
            last_seen_at: string;
            source: string | null;
            /** @default [] */
            spent?: components["schemas"]["Spent"][];
            telegram_id: number | null;
            username: string | null;
        };
        ListedShopper: {
            abuse: string;
            buyer_no: number;
            note: string;
            /** Format: date-time */
            since: string;
        };
        LoggedAccess: {
            address: string | null;
            agent: string;
            /** Format: date-time */
            at: string;
            country: string;
            /** @enum {string} */
            decision: "allowed" | "refused" | "failed";
            id: number;
            key_id: number | null;
            label: string | null;
            link_id: number | null;
            method: string;
            network: string;
            path: string;
            reasons: string[];
            session_id: number | null;
            status: number;
        };
        LotPage: {
            lots: components["schemas"]["LotRow"][];
            next_before: number | null;
        };
        LotRow: {
            buyer_name: string;
            buyer_no: number;
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            id: number;
            order_id: number | null;
            order_no: number | null;
            points: number;
            reason: string;
            /** Format: date-time */
            usable_at: string;
        };
        LowStock: {
            name: string;
            product_id: number;
            stock: number;
            variant_id: number;
            waiting: number;
        };
        ManagedLink: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            id: number;
            is_own: boolean;
            label: string;
            last_used_at: string | null;
            made_by: number | null;
            open_sessions: number;
            /** @enum {string} */
            origin: "command" | "panel" | "bot";
            replaced_by: number | null;
            revoked_at: string | null;
            /** @enum {string} */
            role: "owner" | "analyst" | "viewer";
            shop_ids: number[] | null;
            /** @enum {string} */
            state: "active" | "replaced" | "expired" | "revoked";
        };
        Manifest: {
            columns: components["schemas"]["ManifestColumn"][];
            complete: boolean;
            files: components["schemas"]["JobFile"][];
            job: components["schemas"]["ExportJob"];
            /** @default 1 */
            manifest_version?: number;
            vitrina_version: string;
        };
        ManifestColumn: {
            kind: string;
            name: string;
        };
        Me: {
            label: string;
            /** @enum {string} */
            role: "owner" | "analyst" | "viewer";
            shop_ids: number[] | null;
        };
        Member: {
            balance: components["schemas"]["Balance"];
            buyer_no: number;
            movements: components["schemas"]["Movement"][];
            percent: number;
            /** @enum {string} */
            tier: "base" | "silver" | "gold";
        };
        MemberDraft: {
            name: string;
            rights?: string[] | null;
        };
        MemberView: {
            /** Format: date-time */
            added_at: string;
            added_by: string;
            name: string;
            rights: string[] | null;
            shop_id: number;
            telegram_id: number;
            version: string;
        };
        MenuEntryView: {
            is_hidden: boolean;
            key: string;
            label: {
                [key: string]: string;
            };
            module: string | null;
        };
        Message: {
            /** @enum {string} */
            author: "shopper" | "shop";
            body: string;
            file_kind: ("photo" | "document") | null;
            file_name: string;
            id: number;
            said_by: string;
            /** Format: date-time */
            sent_at: string;
            sha256: string | null;
            ticket_id: number;
            trouble: string | null;
        };
        MetricMeaning: {
            formula: string;
            freshness: string;
            key: string;
            number: number;
            source: string;
            title: string;
            unit: string;
            unit_title: string;
        };
        MetricPoint: {
            /** Format: date-time */
            at: string;
            previous?: number | null;
            value: number | null;
        };
        MetricsAnswer: {
            /** Format: date-time */
            as_of: string;
            breakdown: string | null;
            comparison: components["schemas"]["Comparison"] | null;
            completeness: components["schemas"]["Completeness"];
            /** Format: date */
            first: string;
            freshness: components["schemas"]["Freshness"];
            /** @enum {string} */
            grain: "hour" | "day" | "week" | "month" | "whole";
            keys_left_off: number;
            /** Format: date */
            last: string;
            metrics: components["schemas"]["MetricMeaning"][];
            series: components["schemas"]["MetricSeries"][];
            shops: number[];
            timezone: string | null;
            /** @enum {string} */
            variant: "raw" | "clean";
        };
        MetricSeries: {
            currency?: string | null;
            /** @default false */
            is_converted?: boolean;
            key?: string | null;
            label?: string | null;
            metric: string;
            points: components["schemas"]["MetricPoint"][];
            previous?: number | null;
            unknown?: ("no_denominator" | "rate_missing" | "not_computed" | "not_one_row") | null;
            value: number | null;
        };
        MetricView: {
            formula: string;
            freshness: string;
            grain: string;
            name: string;
            number: number;
            source: string;
            table: string;
            title: string;
            unit: string;
            unit_title: string;
        };
        ModuleView: {
            default_on: boolean;
            key: string;
            requires: string[];
            settings_schema: {
                [key: string]: unknown;
            };
            summary: components["schemas"]["Translated"];
            title: components["schemas"]["Translated"];
        };
        Movement: {
            /** Format: date-time */
            at: string;
            expires_at: string | null;
            is_open: boolean;
            order_no: number | null;
            points: number;
            reason: string;
            /** Format: date-time */
            usable_at: string;
        };
        NewAnalystKey: {
            key: components["schemas"]["AnalystKey"];
            password: string;
            url: string;
            user: string;
        };
        NewApiKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            id: number;
            key_tail: string;
            label: string;
            last_used_at: string | null;
            made_by: number;
            requests: number;
            /** @enum {string} */
            scope: "figures" | "orders" | "customers" | "sheet";
            secret: string;
            shop_ids: number[];
        };
        NewLanguage: {
            /** @enum {string} */
            language: "ru" | "en";
        };
        NewLink: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            id: number;
            is_own: boolean;
            label: string;
            last_used_at: string | null;
            made_by: number | null;
            open_sessions: number;
            /** @enum {string} */
            origin: "command" | "panel" | "bot";
            path: string;
            replaced_by: number | null;
            revoked_at: string | null;
            /** @enum {string} */
            role: "owner" | "analyst" | "viewer";
            shop_ids: number[] | null;
            /** @enum {string} */
            state: "active" | "replaced" | "expired" | "revoked";
            token: string;
        };
        NewName: {
            name: string;
        };
        NewShop: {
            shop_id: number;
        };
        NewToken: {
            /** Format: password */
            token: string;
        };
        NewWebhook: {
            /** Format: date-time */
            created_at: string;
            events: string[];
            failing_since: string | null;
            failures: number;
            former_secret_ends_at: string | null;
            id: number;
            label: string;
            last_error: string | null;
            parked: number;
            secret: string;
            shop_id: number;
            /** @enum {string} */
            state: "on" | "off" | "failed";
            succeeded_at: string | null;
            url: string;
            version: number;
            waiting: number;
            with_personal: boolean;
        };
        NewWriteKey: {
            /** Format: date-time */
            created_at: string;
            id: number;
            key_tail: string;
            label: string;
            last_used_at: string | null;
            secret: string;
            shop_id: number;
        };
        NoteChange: {
            note: string;
        };
        OpenCart: {
            buyer_no: number;
            /** Format: date-time */
            changed_at: string;
            currency: string;
            reminded_at: string | null;
            titles: string[];
            units: number;
            value_minor: number;
        };
        OpenCarts: {
            carts: number;
            currency: string;
            left: number;
            left_value_minor: number;
            value_minor: number;
        };
        "Order-Input": {
            modules: string[];
        };
        "Order-Output": {
            /** @default [] */
            adjustments?: components["schemas"]["OrderAdjustment"][];
            attention: string | null;
            bot_id: number;
            buyer_no: number;
            /** Format: date-time */
            created_at: string;
            currency: string;
            /** @default [] */
            details?: components["schemas"]["Detail"][];
            discount_minor: number;
            expires_at: string | null;
            id: number;
            lines: components["schemas"]["OrderLine"][];
            method: string;
            order_no: number;
            paid_at: string | null;
            /**
             * @default goods
             * @enum {string}
             */
            purpose?: "goods" | "top_up";
            refunded_minor: number;
            shipping_minor: number;
            shop_id: number;
            /** @enum {string} */
            stage: "new" | "processing" | "shipped" | "delivered";
            /** @enum {string} */
            status: "created" | "paid" | "held" | "cancelled" | "expired" | "refunded";
            tax_minor: number;
            tip_minor: number;
            total_minor: number;
            /** @default 0 */
            wallet_minor?: number;
        };
        OrderAdjustment: {
            amount_minor: number;
            is_included: boolean;
            /** @enum {string} */
            kind: "promo" | "referral" | "loyalty" | "shipping" | "tax" | "tip";
            label: string;
            reference: string;
            source: string;
        };
        OrderLine: {
            cost_minor?: number | null;
            /** @default 0 */
            discount_minor?: number;
            /** @default false */
            is_gift?: boolean;
            /**
             * @default physical
             * @enum {string}
             */
            kind?: "physical" | "digital" | "service";
            product_id: number;
            quantity: number;
            title: string;
            unit_price_minor: number;
            variant_id?: number | null;
            /** @default  */
            variant_title?: string;
        };
        OrderPayment: {
            amount_minor: number;
            charge_id: string;
            /** Format: date-time */
            created_at: string;
            currency: string;
            id: number;
            provider: string;
            reason: string | null;
            refunded_minor: number;
            /** @enum {string} */
            status: "succeeded" | "held" | "refunded";
        };
        OrderRefund: {
            amount_minor: number;
            asked_by: string;
            charge_id: string;
            /** Format: date-time */
            created_at: string;
            done_at: string | null;
            error: string | null;
            goods_minor: number;
            id: number;
            order_id: number;
            payment_id: number | null;
            provider: string;
            puts_back: boolean;
            reason: string;
            shipping_minor: number;
            /** @enum {string} */
            state: "asked" | "done" | "failed";
            tax_minor: number;
            tip_minor: number;
            units: number;
            way: string;
        };
        OrderRow: {
            attention: string | null;
            bot_id: number;
            buyer_name: string;
            buyer_no: number;
            /** Format: date-time */
            created_at: string;
            currency: string;
            id: number;
            lines: number;
            method: string;
            order_no: number;
            paid_at: string | null;
            refunded_minor: number;
            /** @enum {string} */
            stage: "new" | "processing" | "shipped" | "delivered";
            /** @enum {string} */
            status: "created" | "paid" | "held" | "cancelled" | "expired" | "refunded";
            title: string;
            total_minor: number;
            units: number;
        };
        OrdersPage: {
            next_before: number | null;
            next_total?: number | null;
            orders: components["schemas"]["OrderRow"][];
        };
        OrderView: {
            buyer_name: string;
            next_stages: ("new" | "processing" | "shipped" | "delivered")[];
            note: string;
            order: components["schemas"]["Order-Output"];
            parcels: components["schemas"]["Parcel"][];
            payments: components["schemas"]["OrderPayment"][];
            refunds: components["schemas"]["OrderRefund"][];
            timeline: components["schemas"]["Happening"][];
            readonly version: string;
        };
        Overview: {
            /** Format: date-time */
            as_of: string;
            feed: components["schemas"]["FeedItem"][];
            figures: components["schemas"]["Figure"][];
            freshness: components["schemas"]["Freshness"];
            funnel: components["schemas"]["FunnelStep"][];
            /** @enum {string} */
            period: "today" | "7d" | "30d";
            shops: number[];
            timezone: string | null;
        };
        Owed: {
            balance_minor: number;
            currency: string;
            held_minor: number;
            wallets: number;
        };
        OwnedProduct: {
            category_id?: number | null;
            cost_minor?: number | null;
            /** Format: date-time */
            created_at: string;
            currency: string;
            /** @default  */
            description?: string;
            id: number;
            is_archived: boolean;
            /** @default false */
            is_hidden?: boolean;
            /**
             * @default physical
             * @enum {string}
             */
            kind?: "physical" | "digital" | "service";
            low_stock?: number | null;
            on_sale_from?: string | null;
            on_sale_until?: string | null;
            /** @default [] */
            photos?: string[];
            position: number;
            price_minor: number;
            reserved: number;
            shop_id: number;
            sku?: string | null;
            stock?: number | null;
            title: string;
            /** Format: date-time */
            updated_at: string;
            /** @default [] */
            variants?: components["schemas"]["Variant"][];
            version: number;
        };
        OwnerChat: {
            bot_id: number;
            /** Format: date-time */
            bound_at: string;
            label: string;
            link_id: number;
            name: string;
            shop_ids: number[] | null;
            telegram_id: number;
        };
        OwnerCode: {
            code: string;
            /** Format: date-time */
            expires_at: string;
        };
        OwnerCodeDraft: {
            bot_id: number;
            panel_url?: string | null;
        };
        OwnersChat: {
            bot_id: number;
            telegram_id: number;
        };
        PaidDifference: {
            amount_minor: number;
            currency: string;
            orders: number;
        };
        PaidOrder: {
            attention: string | null;
            order_id: number;
            /** @enum {string} */
            status: "created" | "paid" | "held" | "cancelled" | "expired" | "refunded";
        };
        PanelSession: {
            address: string | null;
            agent: string;
            country: string;
            /** Format: date-time */
            created_at: string;
            end_reason: ("left" | "entered_again" | "revoked" | "ended") | "expired" | null;
            id: number;
            is_own: boolean;
            label: string;
            /** Format: date-time */
            last_seen_at: string;
            link_id: number;
            network: string;
            /** @enum {string} */
            role: "owner" | "analyst" | "viewer";
            shop_ids: number[] | null;
        };
        Parcel: {
            carrier: string;
            /** Format: date-time */
            created_at: string;
            id: number;
            tracking_number: string;
        };
        ParcelDraft: {
            /** @default  */
            carrier?: string;
            /** @default true */
            ships?: boolean;
            tracking_number: string;
        };
        Part: {
            as_of?: string | null;
            explained: {
                [key: string]: string;
            };
            /** @enum {string} */
            part: "figures" | "pipelines";
            /** @enum {string} */
            state: "away" | "late";
        };
        PauseText: {
            en: string;
            ru: string;
        };
        Pausing: {
            text?: components["schemas"]["PauseText"] | null;
        };
        PendingConfirmation: {
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
        };
        Photos: {
            photos: string[];
        };
        Point: {
            /** Format: date-time */
            at: string;
            value: number | null;
        };
        PointsDecision: {
            key: string;
            points: number;
            reason: string;
        };
        PointSums: {
            earned: number;
            expiring: number;
            members: number;
            spent: number;
            usable: number;
            waiting: number;
        };
        Problem: {
            code: string;
            confirmation?: components["schemas"]["PendingConfirmation"] | null;
            detail: string;
            errors?: components["schemas"]["FieldProblem"][] | null;
            explained?: {
                [key: string]: string;
            } | null;
            status: number;
            title: string;
            /** @default about:blank */
            type?: string;
        };
        ProductDraft: {
            category_id?: number | null;
            cost_minor?: number | null;
            currency: string;
            /** @default  */
            description?: string;
            /** @default false */
            is_hidden?: boolean;
            /**
             * @default physical
             * @enum {string}
             */
            kind?: "physical" | "digital" | "service";
            low_stock?: number | null;
            on_sale_from?: string | null;
            on_sale_until?: string | null;
            price_minor: number;
            sku?: string | null;
            stock?: number | null;
            title: string;
        };
        ProductOrder: {
            products: number[];
        };
        ProductsPage: {
            next: string | null;
            products: components["schemas"]["OwnedProduct"][];
        };
        PromoDraft: {
            amount_minor?: number | null;
            buyer_no?: number | null;
            /** @default [] */
            category_ids?: number[];
            code: string;
            currency?: string | null;
            ends_at?: string | null;
            /** @default false */
            first_order_only?: boolean;
            gift_product_id?: number | null;
            gift_variant_id?: number | null;
            /** @default false */
            is_together?: boolean;
            /** @enum {string} */
            kind: "percent" | "amount" | "goods" | "shipping";
            least_minor?: number | null;
            /** @default 1 */
            most_per_buyer?: number | null;
            most_uses?: number | null;
            /** @default  */
            note?: string;
            /** @default [] */
            product_ids?: number[];
            share_bp?: number | null;
            starts_at?: string | null;
        };
        Proof: {
            buyer_no: number;
            currency: string;
            duplicate_of: number | null;
            duplicate_order_no: number | null;
            file_name: string;
            id: number;
            is_exact: boolean;
            order_id: number;
            order_no: number;
            order_status: string;
            /** @enum {string} */
            purpose: "goods" | "top_up";
            reason: string;
            reviewed_at: string | null;
            reviewed_by: string;
            /** Format: date-time */
            sent_at: string;
            sha256: string | null;
            /** @enum {string} */
            state: "waiting" | "confirmed" | "declined" | "superseded";
            total_minor: number;
            trouble: string | null;
        };
        Question: {
            answer: components["schemas"]["BilingualText"];
            helped: number;
            id: number;
            /** @default 0 */
            position?: number;
            question: components["schemas"]["BilingualText"];
            shown: number;
            readonly version: string;
        };
        QuestionDraft: {
            answer: components["schemas"]["BilingualText"];
            /** @default 0 */
            position?: number;
            question: components["schemas"]["BilingualText"];
        };
        QueuePage: {
            cases: components["schemas"]["FraudCase"][];
            next: string | null;
        };
        Rate: {
            currency: string;
            rate: number | string;
            /** Format: date */
            valid_from: string;
        };
        Readiness: {
            clickhouse: boolean;
            postgres: boolean;
        };
        ReasonInWords: {
            contribution: number;
            rule: string;
            threshold: number;
            value: number;
            window_seconds: number;
            words: components["schemas"]["Translated"];
        };
        Reconciliation: {
            /** Format: date-time */
            done_at: string;
            moves: number;
        };
        RefundDraft: {
            amount_minor?: number | null;
            payment_id?: number | null;
            /** @default false */
            puts_back?: boolean;
            /** @default  */
            reason?: string;
            /** @default 0 */
            units?: number;
        };
        ReplayRange: {
            /** Format: date-time */
            end: string;
            /** Format: date-time */
            start: string;
            /** @default false */
            with_delivered?: boolean;
        };
        Reply: {
            /** @default false */
            closes?: boolean;
            /** @default [] */
            pictures?: string[];
            ready_id?: number | null;
            /** @default  */
            text?: string;
        };
        Retention: {
            /** @enum {integer} */
            days: 30 | 90 | 180 | 365 | 730;
        };
        Review: {
            answer: string;
            body: string;
            bot_id: number;
            buyer_no: number;
            /** Format: date-time */
            changed_at: string;
            /** Format: date-time */
            created_at: string;
            id: number;
            line: number;
            moderated_by: string;
            order_id: number;
            order_no: number;
            product_id: number;
            rating: number;
            sha256: string | null;
            /** @enum {string} */
            state: "waiting" | "shown" | "hidden";
            title: string;
            version: number;
        };
        ReviewsPage: {
            next_before: number | null;
            reviews: components["schemas"]["Review"][];
        };
        RewardPage: {
            next_before: number | null;
            rewards: components["schemas"]["HeldReward"][];
        };
        RewardSum: {
            amount_minor: number;
            currency: string;
            rewards: number;
            state: string;
        };
        RowReport: {
            /** @default [] */
            changes?: components["schemas"]["CellChange"][];
            line: number;
            /** @enum {string} */
            outcome: "added" | "changed" | "left" | "refused";
            product_id?: number | null;
            title: string;
            /** @default [] */
            troubles?: components["schemas"]["CellTrouble"][];
            /** @default  */
            variant?: string;
        };
        RuleDraft: {
            /** @default true */
            is_on?: boolean;
            is_shadow?: boolean | null;
            threshold?: number | null;
            weight?: number | null;
        };
        RulePreview: {
            hits: number;
            rule: string;
            threshold: number;
            users: number;
        };
        RuleView: {
            abuse: string;
            abuse_title: components["schemas"]["Translated"];
            is_on: boolean;
            is_shadow: boolean;
            is_share: boolean;
            key: string;
            own: components["schemas"]["RuleDraft"] | null;
            threshold: number;
            title: components["schemas"]["Translated"];
            weight: number;
            window_seconds: number;
        };
        S3Keys: {
            access_key_id: string;
            /** Format: password */
            secret_access_key: string;
        };
        S3Target: {
            bucket: string;
            endpoint: string;
            /** @default  */
            prefix?: string;
            /** @default us-east-1 */
            region?: string;
        };
        ScheduleOrder: {
            chat?: components["schemas"]["OwnersChat"] | null;
            /**
             * @default week
             * @enum {string}
             */
            every?: "day" | "week";
            /** @default 9 */
            hour?: number;
            keys?: components["schemas"]["S3Keys"] | null;
            /**
             * @default {
             *       "file_format": "csv",
             *       "headings": "names",
             *       "separator": "comma",
             *       "decimal": "point",
             *       "bom": false,
             *       "packing": "none",
             *       "columns": []
             *     }
             */
            layout?: components["schemas"]["Layout"];
            s3?: components["schemas"]["S3Target"] | null;
            table: string;
            /** @default 1 */
            weekday?: number;
        };
        SegmentBuyer: {
            buyer_no: number;
            customer: components["schemas"]["ListedCustomer"] | null;
            f: number;
            m: number | null;
            net_sales_minor: number | null;
            orders: number;
            r: number;
            recency_days: number;
        };
        SegmentBuyersPage: {
            buyers: components["schemas"]["SegmentBuyer"][];
            currency: string;
            day: string | null;
            next: string | null;
        };
        SegmentsAnswer: {
            /** Format: date-time */
            as_of: string;
            currency: string;
            day: string | null;
            segments: components["schemas"]["SegmentSize"][];
            /** @enum {string} */
            variant: "raw" | "clean";
        };
        SegmentSize: {
            buyers: number;
            net_sales_minor: number | null;
            orders: number;
            recency_days: number;
            /** @enum {string} */
            segment: "champions" | "loyal" | "promising" | "at_risk" | "sleeping" | "lost";
        };
        SentBack: {
            /** @enum {string} */
            way: "transfer" | "provider" | "crypto" | "cash" | "other";
        };
        SentFile: {
            attempts: number;
            bot_id: number;
            buyer_no: number;
            error: string | null;
            file_name: string;
            id: number;
            /** @enum {string} */
            kind: "picture" | "document" | "proof";
            natural_key: string;
            owner: string;
            /** Format: date-time */
            sent_at: string;
            sha256: string | null;
            shop_id: number;
            size: number;
            /** @enum {string} */
            state: "noted" | "wanted" | "fetched" | "lost";
        };
        SentReport: {
            chats: number;
            id: number;
            kind: string;
            picture: string | null;
            text: string;
            /** Format: date-time */
            told_at: string;
        };
        Service: {
            /** @default true */
            is_booked?: boolean;
            minutes?: number | null;
            places?: number | null;
            product_id: number;
            readonly version: string;
        };
        ServiceDraft: {
            /** @default true */
            is_booked?: boolean;
            minutes?: number | null;
            places?: number | null;
        };
        ServiceRow: {
            /** @default true */
            is_booked?: boolean;
            minutes?: number | null;
            places?: number | null;
            product_id: number;
            title: string;
            readonly version: string;
        };
        SettingsDraft: {
            settings: {
                [key: string]: unknown;
            };
        };
        SettingsView: {
            form: {
                [key: string]: unknown;
            };
            problem: string | null;
            settings: {
                [key: string]: unknown;
            };
            version: number;
        };
        ShardStatus: {
            batches: number;
            dead_letters: number;
            is_estimate: boolean;
            lag_seconds: number;
            last_error: string | null;
            last_error_at: string | null;
            leader: string | null;
            pending_rows: number | null;
            pending_since: string | null;
            retries: number;
            shard: number;
            shipped_at: string | null;
            shipped_bytes: number;
            shipped_rows: number;
            waiting: number;
        };
        Shipping: {
            blocked_by: components["schemas"]["HeldHorizon"] | null;
            shards: components["schemas"]["ShardStatus"][];
        };
        ShopDraft: {
            /** @default XTR */
            currency?: string;
            /**
             * @default ru
             * @enum {string}
             */
            language?: "ru" | "en";
            name: string;
            /** @default Europe/Moscow */
            timezone?: string;
        };
        ShopHealth: {
            counted_twice: string[];
            dead_letters: number;
            differences: components["schemas"]["PaidDifference"][];
            duplicates: number;
            events: number;
            missing: number;
            oldest_waiting_seconds: number | null;
            orders_compared: number;
            recording_p95_seconds: number | null;
            refunded_beyond: string[];
            shop_id: number;
            sound: boolean;
            waiting: number;
            wrong_orders: number[];
        };
        ShoppersPage: {
            next: string | null;
            shoppers: components["schemas"]["ListedShopper"][];
        };
        ShopRate: {
            base_currency: string;
            currency: string;
            rate: string;
            shop_id: number;
            /** Format: date */
            valid_from: string;
        };
        ShopSize: {
            bytes: number;
            bytes_an_event: number | null;
            bytes_at_most: number;
            bytes_in_30_days: number;
            events: number;
            events_a_day: number;
            retention_days: number;
            shop_id: number;
        };
        ShopView: {
            archived_at: string | null;
            bots: components["schemas"]["Bot"][];
            currency: string;
            delete_after: string | null;
            id: number;
            /** @enum {string} */
            language: "ru" | "en";
            name: string;
            retention_days: number;
            timezone: string;
            version: string;
        };
        ShownBroadcast: {
            broadcast: components["schemas"]["Broadcast"];
            result: components["schemas"]["BroadcastResult"];
        };
        Snooze: {
            rule: string;
            /** Format: date-time */
            until: string;
        };
        SnoozeDraft: {
            days: number;
        };
        Sold: {
            currency: string;
            net_minor: number;
            orders: number;
        };
        SourceChange: {
            /** @default  */
            campaign?: string;
            /** @default false */
            is_archived?: boolean;
            /** @default  */
            label?: string;
            /** @default  */
            medium?: string;
        };
        SourceDraft: {
            /** @default  */
            campaign?: string;
            code?: string | null;
            /** @default  */
            label?: string;
            /** @default  */
            medium?: string;
        };
        SourceFigures: {
            source_id: number;
            values: {
                [key: string]: number | null;
            };
        };
        SourcesPage: {
            next: string | null;
            sources: components["schemas"]["SourceView"][];
        };
        SourceView: {
            archived_at: string | null;
            /** @default  */
            campaign?: string;
            code: string;
            /** Format: date-time */
            created_at: string;
            id: number;
            /** @default  */
            label?: string;
            links: components["schemas"]["BotLink"][];
            /** @default  */
            medium?: string;
            readonly version: string;
        };
        Span: {
            length: number;
            offset: number;
            /** @enum {string} */
            style: "bold" | "italic" | "code";
        };
        Spent: {
            currency: string;
            orders: number;
            paid_minor: number;
            refunded_minor: number;
        };
        StaffAction: {
            action: string;
            actor: string;
            bot_id: number;
            /** Format: date-time */
            done_at: string;
            outcome: string;
            subject: string;
        };
        StaffView: {
            chats: components["schemas"]["ChatView"][];
            members: components["schemas"]["MemberView"][];
        };
        StageChange: {
            /** @enum {string} */
            stage: "new" | "processing" | "shipped" | "delivered";
        };
        Standing: {
            channels: components["schemas"]["CheckedChannel"][];
            passed: components["schemas"]["Tally"][];
        };
        StarDifference: {
            charge_id: string;
            /** Format: date-time */
            happened_at: string;
            /** @enum {string} */
            kind: "not_booked" | "not_at_telegram" | "amount" | "refund_not_booked" | "refund_not_at_telegram";
            ours_minor: number | null;
            /** Format: date-time */
            seen_at: string;
            theirs_minor: number | null;
        };
        StarsAgreement: {
            differences: components["schemas"]["StarDifference"][];
            last: components["schemas"]["Reconciliation"] | null;
        };
        StarsRefundDraft: {
            /** @default false */
            puts_back?: boolean;
            /** @default  */
            reason?: string;
        };
        Status: {
            /** Format: date-time */
            checked_at: string;
            computed_at: string | null;
            degraded: boolean;
            parts: components["schemas"]["Part"][];
        };
        StepUsers: {
            of_first: number | null;
            of_previous: number | null;
            step: string;
            users: number;
        };
        StockCount: {
            by?: number | null;
            to?: number | null;
            variant_id?: number | null;
        };
        Storage: {
            /** Format: date-time */
            measured_at: string;
            rate_days: number;
            shops: components["schemas"]["ShopSize"][];
            tables: components["schemas"]["TableSize"][];
        };
        StoredAlert: {
            answer: ("revoked" | "was_me") | null;
            answered_at: string | null;
            details: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            first_at: string;
            id: number;
            /** @enum {string} */
            kind: "places" | "travel" | "guessing" | "exports" | "export_size" | "declined";
            label: string | null;
            /** Format: date-time */
            last_at: string;
            link_id: number | null;
            subject: string;
            threshold: number;
            times: number;
            value: number;
        };
        StoredDecision: {
            abuse: string;
            buyer_no: number;
            /** Format: date-time */
            decided_at: string;
            decided_by: string;
            /** @enum {string} */
            decision: "confirmed" | "false_positive" | "ignored" | "allowed" | "disallowed";
            id: number;
            is_from_file: boolean;
            note: string;
            score: number | null;
            undone_at: string | null;
            undone_by: string;
        };
        Switch: {
            is_on: boolean;
            /** @default false */
            with_others?: boolean;
        };
        TableForExport: {
            columns: components["schemas"]["ColumnOfTable"][] | null;
            has_days: boolean;
            key: string;
            title: {
                [key: string]: string;
            };
        };
        TableSize: {
            bytes: number;
            rows: number;
            /** @enum {string} */
            store: "clickhouse" | "postgresql";
            table: string;
        };
        Tally: {
            /** @enum {string} */
            gate: "captcha" | "age" | "rules" | "subscription";
            /** Format: date-time */
            last_at: string;
            passed: number;
        };
        TemplateView: {
            key: string;
            /** @enum {string} */
            mode: "hosted" | "observed";
            modules: string[];
            summary: components["schemas"]["Translated"];
            title: components["schemas"]["Translated"];
        };
        Text: {
            plain: string;
            /** @default [] */
            spans?: components["schemas"]["Span"][];
        };
        TextDraft: {
            template: string;
        };
        TextResult: {
            blocked: number;
            blocks: number;
            buyers: number;
            cancelled: number;
            capped: number;
            clicked: number;
            delivered: number;
            failed: number;
            gone: number;
            left: number;
            people: number;
            sold: components["schemas"]["Sold"][];
            text_no: number;
            waiting: number;
        };
        TextView: {
            changed_by: string | null;
            /** @enum {string} */
            language: "ru" | "en";
            own: string | null;
            places: string[];
            template: string;
            text_key: string;
            version: string;
        };
        Ticket: {
            assignee: string;
            buyer_name: string;
            buyer_no: number;
            closed_at: string | null;
            /** @enum {string} */
            closed_by: "" | "shop" | "shopper" | "time";
            first_reply_at: string | null;
            id: number;
            /** Format: date-time */
            last_at: string;
            /** Format: date-time */
            opened_at: string;
            order_id: number | null;
            order_no: number | null;
            rating: number | null;
            rating_asked_at: string | null;
            /** @enum {string} */
            state: "waiting" | "answered" | "closed";
            ticket_no: number;
            readonly version: string;
            waiting_since: string | null;
        };
        TicketRow: {
            assignee: string;
            buyer_name: string;
            buyer_no: number;
            closed_at: string | null;
            /** @enum {string} */
            closed_by: "" | "shop" | "shopper" | "time";
            first_reply_at: string | null;
            id: number;
            /** Format: date-time */
            last_at: string;
            last_author: ("shopper" | "shop") | null;
            last_words: string;
            messages: number;
            /** Format: date-time */
            opened_at: string;
            order_id: number | null;
            order_no: number | null;
            rating: number | null;
            rating_asked_at: string | null;
            /** @enum {string} */
            state: "waiting" | "answered" | "closed";
            ticket_no: number;
            readonly version: string;
            waiting_since: string | null;
        };
        TicketsPage: {
            next_before: number | null;
            tickets: components["schemas"]["TicketRow"][];
        };
        TicketView: {
            messages: components["schemas"]["Message"][];
            ticket: components["schemas"]["Ticket"];
        };
        TokenToPreview: {
            shop_id?: number | null;
            /** Format: password */
            token: string;
        };
        Translated: {
            en: string;
            ru: string;
        };
        Usage: {
            code: string;
            currency: string;
            discount_minor: number;
            net_minor: number;
            open_orders: number;
            promo_id: number;
            uses: number;
        };
        Variant: {
            cost_minor?: number | null;
            id: number;
            price_minor?: number | null;
            sku?: string | null;
            stock?: number | null;
            title: string;
        };
        VariantDraft: {
            cost_minor?: number | null;
            price_minor?: number | null;
            sku?: string | null;
            stock?: number | null;
            title: string;
        };
        VariantOrder: {
            variants: number[];
        };
        WalletPage: {
            next_balance: number | null;
            next_id: number | null;
            wallets: components["schemas"]["WalletRow"][];
        };
        WalletRow: {
            balance_minor: number;
            buyer_name: string;
            buyer_no: number;
            currency: string;
            held_minor: number;
            id: number;
        };
        WantedCalendar: {
            currency: string;
            timezone: string;
        };
        WantedTemplate: {
            template: string;
        };
        WebhookDraft: {
            events: ("order.created" | "order.paid" | "order.cancelled" | "order.expired" | "order.processing" | "order.shipped" | "order.delivered" | "order.goods_sent" | "order.goods_failed" | "order.refund_requested" | "order.refunded")[];
            /** @default true */
            is_on?: boolean;
            label: string;
            url: string;
            /** @default false */
            with_personal?: boolean;
        };
        WebhookEvent: {
            name: string;
            title: components["schemas"]["Translated"];
        };
        Webhooks: {
            events: components["schemas"]["WebhookEvent"][];
            most: number;
            webhooks: components["schemas"]["Endpoint"][];
        };
        WorkerOfFleet: {
            bots: number;
            cpu: number;
            is_leaving: boolean;
            load: number;
            name: string;
            rss_bytes: number;
            /** Format: date-time */
            seen_at: string;
            /** Format: date-time */
            started_at: string;
            updates_rate: number;
        };
        WriteKey: {
            /** Format: date-time */
            created_at: string;
            id: number;
            key_tail: string;
            label: string;
            last_used_at: string | null;
            shop_id: number;
        };
        WriteKeyDraft: {
            label: string;
        };
    };
    responses: {
        Problem400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem408: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem412: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem416: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem428: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem429: {
            headers: {
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem503: {
            headers: {
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        Problem504: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_alerts_api_v1_access_alerts_get: {
        parameters: {
            query?: {
                answered?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredAlert"][];
                };
            };
        };
    };
    answer_alert_api_v1_access_alerts__alert_id__answer_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                alert_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Answered"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    read_confirmation_api_v1_access_confirmations__confirmation_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                confirmation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Confirmation"];
                };
            };
        };
    };
    list_devices_api_v1_access_devices_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"][];
                };
            };
        };
    };
    list_links_api_v1_access_links_get: {
        parameters: {
            query?: {
                ended?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagedLink"][];
                };
            };
        };
    };
    make_link_api_v1_access_links_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewLink"];
                };
            };
        };
    };
    revoke_link_api_v1_access_links__link_id__delete: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                link_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rotate_link_api_v1_access_links__link_id__rotate_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                link_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["api__routes__links__Rotation"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewLink"];
                };
            };
        };
    };
    read_log_api_v1_access_log_get: {
        parameters: {
            query?: {
                before?: number;
                decision?: "allowed" | "refused" | "failed";
                from?: string;
                link?: number;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedAccess"][];
                };
            };
        };
    };
    export_log_api_v1_access_log_csv_get: {
        parameters: {
            query?: {
                decision?: "allowed" | "refused" | "failed";
                from?: string;
                link?: number;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    list_owner_chats_api_v1_access_owner_chats_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnerChat"][];
                };
            };
        };
    };
    unbind_owner_chat_api_v1_access_owner_chats__bot_id___telegram_id__delete: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                telegram_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    make_owner_code_api_v1_access_owner_chats_codes_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnerCodeDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnerCode"];
                };
            };
        };
    };
    list_sessions_api_v1_access_sessions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelSession"][];
                };
            };
        };
    };
    end_session_api_v1_access_sessions__session_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                session_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    end_other_sessions_api_v1_access_sessions_end_others_post: {
        parameters: {
            query?: {
                link?: number;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ended"];
                };
            };
        };
    };
    list_history_api_v1_access_sessions_history_get: {
        parameters: {
            query?: {
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelSession"][];
                };
            };
        };
    };
    list_analyst_keys_api_v1_analysts_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalystKey"][];
                };
            };
        };
    };
    make_analyst_key_api_v1_analysts_keys_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnalystKeyDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewAnalystKey"];
                };
            };
        };
    };
    revoke_analyst_key_api_v1_analysts_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rotate_analyst_key_api_v1_analysts_keys__key_id__rotate_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyRotation"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewAnalystKey"];
                };
            };
        };
    };
    list_api_keys_api_v1_api_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"][];
                };
            };
        };
    };
    create_api_key_api_v1_api_keys_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
        };
    };
    revoke_api_key_api_v1_api_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_attention_api_v1_attention_get: {
        parameters: {
            query?: {
                shops?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttentionItem"][];
                };
            };
        };
    };
    dismiss_claim_api_v1_attention_claims__bot_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    give_job_up_api_v1_attention_jobs__bot_id___job_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    try_job_again_api_v1_attention_jobs__bot_id___job_id__retry_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    dismiss_notice_api_v1_attention_notices__bot_id___notice_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                notice_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    connect_bot_api_v1_bots_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BotDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
        };
    };
    remove_bot_api_v1_bots__bot_id__delete: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_bot_modules_api_v1_bots__bot_id__modules_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotModulesView"];
                };
            };
        };
    };
    order_modules_api_v1_bots__bot_id__modules_order_put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Order-Input"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotModulesView"];
                };
            };
        };
    };
    switch_module_api_v1_bots__bot_id__modules__key__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Switch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotModulesView"];
                };
            };
        };
    };
    list_changes_api_v1_bots__bot_id__modules__key__history_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangeView"][];
                };
            };
        };
    };
    read_version_api_v1_bots__bot_id__modules__key__history__version__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                key: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    read_difference_api_v1_bots__bot_id__modules__key__history__version__difference_get: {
        parameters: {
            query?: {
                since?: number;
            };
            header?: never;
            path: {
                bot_id: number;
                key: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Difference"][];
                };
            };
        };
    };
    restore_version_api_v1_bots__bot_id__modules__key__history__version__restore_post: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                key: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
        };
    };
    read_hook_api_v1_bots__bot_id__modules__key__hook_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hook"];
                };
            };
        };
    };
    renew_hook_api_v1_bots__bot_id__modules__key__hook_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hook"];
                };
            };
        };
    };
    read_settings_api_v1_bots__bot_id__modules__key__settings_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
        };
    };
    write_settings_api_v1_bots__bot_id__modules__key__settings_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
        };
    };
    list_texts_api_v1_bots__bot_id__modules__key__texts_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextView"][];
                };
            };
        };
    };
    write_text_api_v1_bots__bot_id__modules__key__texts__language___text_key__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                key: string;
                language: "ru" | "en";
                text_key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TextDraft"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    reset_text_api_v1_bots__bot_id__modules__key__texts__language___text_key__delete: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                key: string;
                language: "ru" | "en";
                text_key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    preview_text_api_v1_bots__bot_id__modules__key__texts__language___text_key__preview_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                key: string;
                language: "ru" | "en";
                text_key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TextDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Text"];
                };
            };
        };
    };
    list_bookings_api_v1_bots__bot_id__modules_bookings_bookings_get: {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
                since?: string;
                state?: "held" | "requested" | "confirmed" | "released" | "declined" | "cancelled" | "lost";
                until?: string;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"][];
                };
            };
        };
    };
    cancel_booking_api_v1_bots__bot_id__modules_bookings_bookings__booking_id__cancel_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                booking_id: number;
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["bots__modules__bookings__panel__Decision"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
        };
    };
    confirm_booking_api_v1_bots__bot_id__modules_bookings_bookings__booking_id__confirm_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                booking_id: number;
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
        };
    };
    decline_booking_api_v1_bots__bot_id__modules_bookings_bookings__booking_id__decline_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                booking_id: number;
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["bots__modules__bookings__panel__Decision"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
        };
    };
    list_days_off_api_v1_bots__bot_id__modules_bookings_days_off_get: {
        parameters: {
            query?: {
                since?: string;
                until?: string;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DayOff"][];
                };
            };
        };
    };
    put_day_off_api_v1_bots__bot_id__modules_bookings_days_off__day__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                day: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DayOffDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DayOff"];
                };
            };
        };
    };
    remove_day_off_api_v1_bots__bot_id__modules_bookings_days_off__day__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                day: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_free_times_api_v1_bots__bot_id__modules_bookings_free_times_get: {
        parameters: {
            query: {
                day: string;
                places?: number;
                product_id: number;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FreeTime"][];
                };
            };
        };
    };
    list_services_api_v1_bots__bot_id__modules_bookings_services_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceRow"][];
                };
            };
        };
    };
    put_service_api_v1_bots__bot_id__modules_bookings_services__product_id__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                product_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ServiceDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Service"];
                };
            };
        };
    };
    list_broadcasts_api_v1_bots__bot_id__modules_broadcasts_broadcasts_get: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BroadcastPage"];
                };
            };
        };
    };
    add_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BroadcastDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownBroadcast"];
                };
            };
        };
    };
    get_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                broadcast_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownBroadcast"];
                };
            };
        };
    };
    change_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                broadcast_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DraftChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownBroadcast"];
                };
            };
        };
    };
    remove_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                broadcast_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    cancel_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__cancel_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                broadcast_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownBroadcast"];
                };
            };
        };
    };
    schedule_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__schedule_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                broadcast_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BroadcastStart"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownBroadcast"];
                };
            };
        };
    };
    try_broadcast_api_v1_bots__bot_id__modules_broadcasts_broadcasts__broadcast_id__test_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                broadcast_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BroadcastTest"];
                };
            };
        };
    };
    list_groups_api_v1_bots__bot_id__modules_broadcasts_groups_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AudienceGroups"];
                };
            };
        };
    };
    preview_api_v1_bots__bot_id__modules_broadcasts_preview_post: {
        parameters: {
            query?: {
                at?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Audience"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BroadcastPreview"];
                };
            };
        };
    };
    carts_api_v1_bots__bot_id__modules_cart_carts_get: {
        parameters: {
            query?: {
                after_at?: string;
                after_buyer_no?: number;
                buyer_no?: number;
                left?: boolean;
                reminded?: boolean;
                size?: number;
                sort?: "newest" | "oldest";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CartPage"];
                };
            };
        };
    };
    summary_api_v1_bots__bot_id__modules_cart_summary_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenCarts"][];
                };
            };
        };
    };
    list_bills_api_v1_bots__bot_id__modules_cryptopay_bills_get: {
        parameters: {
            query?: {
                state?: "asked" | "open" | "paid" | "expired" | "withdrawn" | "failed";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bill"][];
                };
            };
        };
    };
    list_failed_api_v1_bots__bot_id__modules_delivery_deliveries_get: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["bots__modules__delivery__store__Delivery"][];
                };
            };
        };
    };
    hand_over_api_v1_bots__bot_id__modules_delivery_deliveries__order_id__hand_over_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
        };
    };
    retry_api_v1_bots__bot_id__modules_delivery_deliveries_retry_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": number;
                };
            };
        };
    };
    remove_good_api_v1_bots__bot_id__modules_delivery_goods__good_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                good_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_keys_api_v1_bots__bot_id__modules_delivery_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyCount"][];
                };
            };
        };
    };
    list_goods_api_v1_bots__bot_id__modules_delivery_products__product_id__goods_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                product_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Good"][];
                };
            };
        };
    };
    add_good_api_v1_bots__bot_id__modules_delivery_products__product_id__goods_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                product_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GoodDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Good"];
                };
            };
        };
    };
    add_keys_api_v1_bots__bot_id__modules_delivery_products__product_id__keys_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                product_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeysDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeysAdded"];
                };
            };
        };
    };
    remove_keys_api_v1_bots__bot_id__modules_delivery_products__product_id__keys_delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                product_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": number;
                };
            };
        };
    };
    read_reports_api_v1_bots__bot_id__modules_digest_reports_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DigestState"];
                };
            };
        };
    };
    send_test_api_v1_bots__bot_id__modules_digest_test_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DigestState"];
                };
            };
        };
    };
    get_standing_api_v1_bots__bot_id__modules_gates_standing_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Standing"];
                };
            };
        };
    };
    get_member_api_v1_bots__bot_id__modules_loyalty_customers__buyer_no__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                buyer_no: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    change_points_api_v1_bots__bot_id__modules_loyalty_customers__buyer_no__points_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                buyer_no: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PointsDecision"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    list_lots_api_v1_bots__bot_id__modules_loyalty_lots_get: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LotPage"];
                };
            };
        };
    };
    read_sums_api_v1_bots__bot_id__modules_loyalty_sums_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PointSums"];
                };
            };
        };
    };
    list_entries_api_v1_bots__bot_id__modules_menu_entries_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MenuEntryView"][];
                };
            };
        };
    };
    list_orders_api_v1_bots__bot_id__modules_orders_orders_get: {
        parameters: {
            query?: {
                all_bots?: boolean;
                before?: number;
                before_total?: number;
                buyer_no?: number;
                limit?: number;
                needs_attention?: boolean;
                since?: string;
                sort?: "newest" | "oldest" | "paid" | "total";
                stage?: "new" | "processing" | "shipped" | "delivered";
                status?: "created" | "paid" | "held" | "cancelled" | "expired" | "refunded";
                text?: string;
                until?: string;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersPage"];
                };
            };
        };
    };
    export_orders_api_v1_bots__bot_id__modules_orders_orders_csv_get: {
        parameters: {
            query?: {
                all_bots?: boolean;
                buyer_no?: number;
                needs_attention?: boolean;
                since?: string;
                stage?: "new" | "processing" | "shipped" | "delivered";
                status?: "created" | "paid" | "held" | "cancelled" | "expired" | "refunded";
                text?: string;
                until?: string;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_order_api_v1_bots__bot_id__modules_orders_orders__order_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    cancel_order_api_v1_bots__bot_id__modules_orders_orders__order_id__cancel_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    change_note_api_v1_bots__bot_id__modules_orders_orders__order_id__note_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    add_parcel_api_v1_bots__bot_id__modules_orders_orders__order_id__parcels_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParcelDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    remove_parcel_api_v1_bots__bot_id__modules_orders_orders__order_id__parcels__parcel_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
                parcel_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    refund_order_api_v1_bots__bot_id__modules_orders_orders__order_id__refunds_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefundDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderRefund"];
                };
            };
        };
    };
    give_refund_up_api_v1_bots__bot_id__modules_orders_orders__order_id__refunds__refund_id__give_up_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
                refund_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    refund_sent_api_v1_bots__bot_id__modules_orders_orders__order_id__refunds__refund_id__sent_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
                refund_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SentBack"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    move_order_api_v1_bots__bot_id__modules_orders_orders__order_id__stage_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StageChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    accept_payment_api_v1_bots__bot_id__modules_orders_payments__payment_id__accept_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                payment_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
        };
    };
    list_codes_api_v1_bots__bot_id__modules_promo_codes_get: {
        parameters: {
            query?: {
                before?: number;
                query?: string;
                size?: number;
                state?: "active" | "off";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodePage"];
                };
            };
        };
    };
    add_code_api_v1_bots__bot_id__modules_promo_codes_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromoDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Code"];
                };
            };
        };
    };
    export_codes_api_v1_bots__bot_id__modules_promo_codes_csv_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    import_codes_api_v1_bots__bot_id__modules_promo_codes_csv_post: {
        parameters: {
            query?: {
                dates?: "iso" | "dd.mm.yyyy" | "dd/mm/yyyy" | "mm/dd/yyyy";
                dry_run?: boolean;
                encoding?: "utf-8" | "windows-1251" | "utf-16" | "utf-16-le" | "utf-16-be";
                keep_good?: boolean;
                plan?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodesReport"];
                };
            };
        };
    };
    get_code_api_v1_bots__bot_id__modules_promo_codes__promo_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                promo_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["bots__modules__promo__panel__CodeRow"];
                };
            };
        };
    };
    change_code_api_v1_bots__bot_id__modules_promo_codes__promo_id__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                promo_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Code"];
                };
            };
        };
    };
    switch_off_api_v1_bots__bot_id__modules_promo_codes__promo_id__off_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                promo_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Code"];
                };
            };
        };
    };
    switch_on_api_v1_bots__bot_id__modules_promo_codes__promo_id__on_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                promo_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Code"];
                };
            };
        };
    };
    list_usage_api_v1_bots__bot_id__modules_promo_usage_get: {
        parameters: {
            query?: {
                since?: string;
                size?: number;
                until?: string;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"][];
                };
            };
        };
    };
    list_inviters_api_v1_bots__bot_id__modules_referral_inviters_get: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviterRow"][];
                };
            };
        };
    };
    list_rewards_api_v1_bots__bot_id__modules_referral_rewards_get: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
                state?: "held" | "given" | "rejected";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RewardPage"];
                };
            };
        };
    };
    give_reward_api_v1_bots__bot_id__modules_referral_rewards__reward_id__give_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                reward_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldReward"];
                };
            };
        };
    };
    reject_reward_api_v1_bots__bot_id__modules_referral_rewards__reward_id__reject_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                reward_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldReward"];
                };
            };
        };
    };
    list_sums_api_v1_bots__bot_id__modules_referral_sums_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RewardSum"][];
                };
            };
        };
    };
    list_ratings_api_v1_bots__bot_id__modules_reviews_ratings_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["bots__modules__reviews__store__Summary"][];
                };
            };
        };
    };
    list_reviews_api_v1_bots__bot_id__modules_reviews_reviews_get: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
                product_id?: number;
                state?: "waiting" | "shown" | "hidden";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewsPage"];
                };
            };
        };
    };
    answer_review_api_v1_bots__bot_id__modules_reviews_reviews__review_id__answer_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                review_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Answer-Input"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
        };
    };
    hide_review_api_v1_bots__bot_id__modules_reviews_reviews__review_id__hide_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                review_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
        };
    };
    show_review_api_v1_bots__bot_id__modules_reviews_reviews__review_id__show_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                review_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
        };
    };
    read_agreement_api_v1_bots__bot_id__modules_stars_agreement_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StarsAgreement"];
                };
            };
        };
    };
    compare_now_api_v1_bots__bot_id__modules_stars_agreement_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    refund_order_api_v1_bots__bot_id__modules_stars_orders__order_id__refund_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StarsRefundDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderRefund"];
                };
            };
        };
    };
    list_low_stock_api_v1_bots__bot_id__modules_stock_low_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LowStock"][];
                };
            };
        };
    };
    list_answers_api_v1_bots__bot_id__modules_support_answers_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer-Output"][];
                };
            };
        };
    };
    add_answer_api_v1_bots__bot_id__modules_support_answers_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer-Output"];
                };
            };
        };
    };
    change_answer_api_v1_bots__bot_id__modules_support_answers__answer_id__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                answer_id: number;
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer-Output"];
                };
            };
        };
    };
    remove_answer_api_v1_bots__bot_id__modules_support_answers__answer_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                answer_id: number;
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_questions_api_v1_bots__bot_id__modules_support_questions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"][];
                };
            };
        };
    };
    add_question_api_v1_bots__bot_id__modules_support_questions_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuestionDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
        };
    };
    change_question_api_v1_bots__bot_id__modules_support_questions__question_id__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                question_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuestionDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
        };
    };
    remove_question_api_v1_bots__bot_id__modules_support_questions__question_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                question_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    find_alike_api_v1_bots__bot_id__modules_support_questions_alike_get: {
        parameters: {
            query: {
                text: string;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"][];
                };
            };
        };
    };
    get_summary_api_v1_bots__bot_id__modules_support_summary_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["bots__modules__support__overview__Summary"];
                };
            };
        };
    };
    list_tickets_api_v1_bots__bot_id__modules_support_tickets_get: {
        parameters: {
            query?: {
                assignee?: string;
                before?: number;
                buyer_no?: number;
                is_open?: boolean;
                limit?: number;
                order_id?: number;
                state?: "waiting" | "answered" | "closed";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketsPage"];
                };
            };
        };
    };
    get_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketView"];
                };
            };
        };
    };
    answer_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__answer_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reply"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketView"];
                };
            };
        };
    };
    assign_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__assignee_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Assignee"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketView"];
                };
            };
        };
    };
    close_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__close_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketView"];
                };
            };
        };
    };
    reopen_ticket_api_v1_bots__bot_id__modules_support_tickets__ticket_id__reopen_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                ticket_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketView"];
                };
            };
        };
    };
    confirm_order_api_v1_bots__bot_id__modules_transfer_orders__order_id__confirm_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaidOrder"];
                };
            };
        };
    };
    list_proofs_api_v1_bots__bot_id__modules_transfer_proofs_get: {
        parameters: {
            query?: {
                state?: "waiting" | "confirmed" | "declined" | "superseded";
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"][];
                };
            };
        };
    };
    get_proof_api_v1_bots__bot_id__modules_transfer_proofs__proof_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
                proof_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
        };
    };
    confirm_proof_api_v1_bots__bot_id__modules_transfer_proofs__proof_id__confirm_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                proof_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
        };
    };
    decline_proof_api_v1_bots__bot_id__modules_transfer_proofs__proof_id__decline_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                proof_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Declined"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
        };
    };
    change_wallet_api_v1_bots__bot_id__modules_wallet_customers__buyer_no__entries_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                buyer_no: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["bots__modules__wallet__panel__Decision"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WalletRow"];
                };
            };
        };
    };
    list_owed_api_v1_bots__bot_id__modules_wallet_owed_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Owed"][];
                };
            };
        };
    };
    refund_to_wallet_api_v1_bots__bot_id__modules_wallet_refunds__refund_id__to_wallet_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                refund_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderRefund"];
                };
            };
        };
    };
    list_wallets_api_v1_bots__bot_id__modules_wallet_wallets_get: {
        parameters: {
            query?: {
                after_balance?: number;
                after_id?: number;
                buyer_no?: number;
                currency?: string;
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WalletPage"];
                };
            };
        };
    };
    get_wallet_api_v1_bots__bot_id__modules_wallet_wallets__wallet_id__get: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: number;
                wallet_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryPage"];
                };
            };
        };
    };
    pause_bot_api_v1_bots__bot_id__pause_put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Pausing"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
        };
    };
    resume_bot_api_v1_bots__bot_id__pause_delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
        };
    };
    bot_photo_api_v1_bots__bot_id__photo_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                };
            };
        };
    };
    move_bot_api_v1_bots__bot_id__shop_put: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewShop"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
        };
    };
    read_staff_api_v1_bots__bot_id__staff_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StaffView"];
                };
            };
        };
    };
    list_actions_api_v1_bots__bot_id__staff_actions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StaffAction"][];
                };
            };
        };
    };
    change_chat_api_v1_bots__bot_id__staff_chats__chat_id__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                bot_id: number;
                chat_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatView"];
                };
            };
        };
    };
    unbind_chat_api_v1_bots__bot_id__staff_chats__chat_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                chat_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    make_code_api_v1_bots__bot_id__staff_codes_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BindingCode"];
                };
            };
        };
    };
    put_member_api_v1_bots__bot_id__staff_members__telegram_id__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "if-match"?: string;
                "if-none-match"?: string;
            };
            path: {
                bot_id: number;
                telegram_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberView"];
                };
            };
        };
    };
    remove_member_api_v1_bots__bot_id__staff_members__telegram_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
                telegram_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    apply_template_api_v1_bots__bot_id__template_put: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WantedTemplate"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
        };
    };
    replace_token_api_v1_bots__bot_id__token_put: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                bot_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
        };
    };
    preview_bot_api_v1_bots_preview_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenToPreview"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotPreview"];
                };
            };
        };
    };
    currencies_api_v1_currencies_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
        };
    };
    data_health_api_v1_data_health_get: {
        parameters: {
            query?: {
                days?: number;
                shops?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DataHealth"];
                };
            };
        };
    };
    dictionary_api_v1_dictionary_get: {
        parameters: {
            query?: {
                lang?: "ru" | "en";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricView"][];
                };
            };
        };
    };
    event_dictionary_api_v1_dictionary_events_get: {
        parameters: {
            query?: {
                lang?: "ru" | "en";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventView"][];
                };
            };
        };
    };
    enter_api_v1_enter_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Entry-Input"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    enter_by_telegram_api_v1_enter_telegram_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AppLaunch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppSession"];
                };
            };
        };
    };
    list_tables_api_v1_exports_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TableForExport"][];
                };
            };
        };
    };
    export_table_api_v1_exports__table___file_format__get: {
        parameters: {
            query?: {
                bom?: boolean;
                columns?: string;
                decimal?: "point" | "comma";
                from?: string;
                headings?: "names" | "ru" | "en";
                packing?: "none" | "gzip" | "zstd";
                separator?: "comma" | "semicolon" | "tab";
                shops?: string;
                to?: string;
            };
            header?: {
                confirmation?: string;
            };
            path: {
                file_format: "csv" | "parquet" | "xlsx" | "jsonl";
                table: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    "text/csv; charset=utf-8": string;
                };
            };
        };
    };
    estimate_table_api_v1_exports__table__estimate_get: {
        parameters: {
            query?: {
                from?: string;
                shops?: string;
                to?: string;
            };
            header?: never;
            path: {
                table: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Estimate"];
                };
            };
        };
    };
    list_exports_api_v1_exports_jobs_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportJob"][];
                };
            };
        };
    };
    order_export_api_v1_exports_jobs_post: {
        parameters: {
            query?: {
                shops?: string;
            };
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobOrder"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportJob"];
                };
            };
        };
    };
    get_export_api_v1_exports_jobs__export_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportJob"];
                };
            };
        };
    };
    cancel_export_api_v1_exports_jobs__export_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                export_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_file_api_v1_exports_jobs__export_id__files__part__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export_id: string;
                part: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    "text/csv; charset=utf-8": string;
                };
            };
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    "text/csv; charset=utf-8": string;
                };
            };
        };
    };
    get_manifest_api_v1_exports_jobs__export_id__manifest_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                };
            };
        };
    };
    list_schedules_api_v1_exports_schedules_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportSchedule"][];
                };
            };
        };
    };
    add_schedule_api_v1_exports_schedules_post: {
        parameters: {
            query?: {
                shops?: string;
            };
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleOrder"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportSchedule"];
                };
            };
        };
    };
    delete_schedule_api_v1_exports_schedules__schedule_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                schedule_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    run_schedule_api_v1_exports_schedules__schedule_id__run_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                schedule_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    fleet_api_v1_fleet_get: {
        parameters: {
            query?: {
                shops?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fleet"];
                };
            };
        };
    };
    health_api_v1_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    leave_api_v1_leave_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    live_api_v1_live_get: {
        parameters: {
            query?: {
                each?: boolean;
                period?: "today" | "7d" | "30d";
                shops?: string;
            };
            header?: {
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        data: string;
                        event: string;
                    };
                };
            };
        };
    };
    live_bots_api_v1_live_bots_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        data: string;
                        event: string;
                    };
                };
            };
        };
    };
    live_overview_api_v1_live_overview_get: {
        parameters: {
            query?: {
                period?: "today" | "7d" | "30d";
                shops?: string;
            };
            header?: {
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
        };
    };
    me_api_v1_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    askable_metrics_api_v1_metrics_get: {
        parameters: {
            query?: {
                lang?: "ru" | "en";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AskableMetric"][];
                };
            };
        };
    };
    query_metrics_api_v1_metrics_query_get: {
        parameters: {
            query: {
                breakdown?: "source" | "product" | "language" | "country" | "module" | "provider" | "step" | "age" | "broadcast" | "bot" | "currency";
                compare?: "none" | "previous" | "year" | "weekdays" | "custom";
                compare_from?: string;
                compare_to?: string;
                from?: string;
                grain?: "hour" | "day" | "week" | "month" | "whole";
                lang?: "ru" | "en";
                metrics: string;
                shops?: string;
                to?: string;
                touch?: "first" | "last" | "last_significant";
                variant?: "raw" | "clean";
                zone?: string;
            };
            header?: {
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricsAnswer"];
                };
            };
        };
    };
    export_metrics_api_v1_metrics_query__file_format__get: {
        parameters: {
            query: {
                bom?: boolean;
                breakdown?: "source" | "product" | "language" | "country" | "module" | "provider" | "step" | "age" | "broadcast" | "bot" | "currency";
                columns?: string;
                compare?: "none" | "previous" | "year" | "weekdays" | "custom";
                compare_from?: string;
                compare_to?: string;
                decimal?: "point" | "comma";
                from?: string;
                grain?: "hour" | "day" | "week" | "month" | "whole";
                headings?: "names" | "ru" | "en";
                lang?: "ru" | "en";
                metrics: string;
                packing?: "none" | "gzip" | "zstd";
                separator?: "comma" | "semicolon" | "tab";
                shops?: string;
                to?: string;
                touch?: "first" | "last" | "last_significant";
                variant?: "raw" | "clean";
                zone?: string;
            };
            header?: {
                confirmation?: string;
            };
            path: {
                file_format: "csv" | "parquet" | "xlsx" | "jsonl";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    "text/csv; charset=utf-8": string;
                };
            };
        };
    };
    list_modules_api_v1_modules_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleView"][];
                };
            };
        };
    };
    overview_api_v1_overview_get: {
        parameters: {
            query?: {
                period?: "today" | "7d" | "30d";
                shops?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
        };
    };
    ready_api_v1_ready_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    sheet_metrics_api_v1_sheets__sheet_key__metrics__file_format__get: {
        parameters: {
            query: {
                bom?: boolean;
                breakdown?: "source" | "product" | "language" | "country" | "module" | "provider" | "step" | "age" | "broadcast" | "bot" | "currency";
                columns?: string;
                compare?: "none" | "previous" | "year" | "weekdays" | "custom";
                compare_from?: string;
                compare_to?: string;
                decimal?: "point" | "comma";
                from?: string;
                grain?: "hour" | "day" | "week" | "month" | "whole";
                headings?: "names" | "ru" | "en";
                lang?: "ru" | "en";
                metrics: string;
                packing?: "none" | "gzip" | "zstd";
                separator?: "comma" | "semicolon" | "tab";
                shops?: string;
                to?: string;
                touch?: "first" | "last" | "last_significant";
                variant?: "raw" | "clean";
                zone?: string;
            };
            header?: never;
            path: {
                file_format: "csv" | "parquet" | "xlsx" | "jsonl";
                sheet_key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    "text/csv; charset=utf-8": string;
                };
            };
        };
    };
    list_shops_api_v1_shops_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"][];
                };
            };
        };
    };
    create_shop_api_v1_shops_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShopDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    delete_shop_api_v1_shops__shop_id__delete: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    archive_shop_api_v1_shops__shop_id__archive_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    change_calendar_api_v1_shops__shop_id__calendar_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmedCalendar"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    preview_calendar_api_v1_shops__shop_id__calendar_preview_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WantedCalendar"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consequences"];
                };
            };
        };
    };
    export_catalogue_api_v1_shops__shop_id__catalogue_csv_get: {
        parameters: {
            query?: {
                archived?: boolean;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    import_catalogue_api_v1_shops__shop_id__catalogue_csv_post: {
        parameters: {
            query?: {
                dates?: "iso" | "dd.mm.yyyy" | "dd/mm/yyyy" | "mm/dd/yyyy";
                dry_run?: boolean;
                encoding?: "utf-8" | "windows-1251" | "utf-16" | "utf-16-le" | "utf-16-be";
                keep_good?: boolean;
                plan?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportReport"];
                };
            };
        };
    };
    list_categories_api_v1_shops__shop_id__categories_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"][];
                };
            };
        };
    };
    create_category_api_v1_shops__shop_id__categories_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CategoryDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"];
                };
            };
        };
    };
    order_categories_api_v1_shops__shop_id__categories_order_put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CategoryOrder"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"][];
                };
            };
        };
    };
    change_category_api_v1_shops__shop_id__categories__number__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CategoryDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"];
                };
            };
        };
    };
    remove_category_api_v1_shops__shop_id__categories__number__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    read_cohorts_api_v1_shops__shop_id__cohorts_get: {
        parameters: {
            query: {
                from: string;
                grain?: "day" | "week" | "month";
                to: string;
                variant?: "raw" | "clean";
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CohortsAnswer"];
                };
            };
        };
    };
    list_customers_api_v1_shops__shop_id__customers_get: {
        parameters: {
            query?: {
                after?: string;
                blocked?: boolean;
                bought?: boolean;
                language?: string;
                limit?: number;
                sort?: "joined" | "bought";
                source?: string;
                words?: string;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomersPage"];
                };
            };
        };
    };
    read_customer_api_v1_shops__shop_id__customers__buyer_no__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedCustomer"];
                };
            };
        };
    };
    read_erasure_api_v1_shops__shop_id__customers__buyer_no__erasure_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureView"];
                };
            };
        };
    };
    erase_customer_api_v1_shops__shop_id__customers__buyer_no__erasure_post: {
        parameters: {
            query?: never;
            header?: {
                confirmation?: string;
                "Idempotency-Key"?: string;
            };
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureDraft"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureView"];
                };
            };
        };
    };
    read_history_api_v1_shops__shop_id__customers__buyer_no__history_get: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryPage"];
                };
            };
        };
    };
    upload_file_api_v1_shops__shop_id__files_post: {
        parameters: {
            query?: {
                kind?: "picture" | "document" | "proof";
                name?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
        };
    };
    download_file_api_v1_shops__shop_id__files__sha256__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sha256: string;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    list_actions_api_v1_shops__shop_id__fraud_actions_get: {
        parameters: {
            query?: {
                after?: string;
                buyer_no?: number;
                limit?: number;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionsPage"];
                };
            };
        };
    };
    list_allowed_api_v1_shops__shop_id__fraud_allowed_get: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShoppersPage"];
                };
            };
        };
    };
    list_denied_api_v1_shops__shop_id__fraud_denied_get: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShoppersPage"];
                };
            };
        };
    };
    change_limits_api_v1_shops__shop_id__fraud_limits_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LimitsDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FraudRules"];
                };
            };
        };
    };
    preview_limits_api_v1_shops__shop_id__fraud_limits_preview_get: {
        parameters: {
            query: {
                block: number;
                review: number;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitsPreview"];
                };
            };
        };
    };
    list_queue_api_v1_shops__shop_id__fraud_queue_get: {
        parameters: {
            query?: {
                abuse?: "traffic" | "promo" | "stock" | "payment" | "refund" | "goods" | "flood" | "scrape";
                after?: string;
                decided?: boolean;
                limit?: number;
                outcome?: "allow" | "review" | "hold" | "block";
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePage"];
                };
            };
        };
    };
    list_rules_api_v1_shops__shop_id__fraud_rules_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FraudRules"];
                };
            };
        };
    };
    change_rule_api_v1_shops__shop_id__fraud_rules__rule__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                rule: string;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FraudRules"];
                };
            };
        };
    };
    reset_rule_api_v1_shops__shop_id__fraud_rules__rule__delete: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                rule: string;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FraudRules"];
                };
            };
        };
    };
    preview_rule_api_v1_shops__shop_id__fraud_rules__rule__preview_get: {
        parameters: {
            query?: {
                threshold?: number;
            };
            header?: never;
            path: {
                rule: string;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePreview"];
                };
            };
        };
    };
    read_shopper_api_v1_shops__shop_id__fraud_shoppers__buyer_no__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoubtedShopper"];
                };
            };
        };
    };
    decide_api_v1_shops__shop_id__fraud_shoppers__buyer_no__decisions_post: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoubtedShopper"];
                };
            };
        };
    };
    undo_api_v1_shops__shop_id__fraud_shoppers__buyer_no__decisions__decision_id__delete: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                buyer_no: number;
                decision_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoubtedShopper"];
                };
            };
        };
    };
    list_snoozes_api_v1_shops__shop_id__fraud_shoppers__buyer_no__snoozes_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                buyer_no: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snooze"][];
                };
            };
        };
    };
    snooze_rule_api_v1_shops__shop_id__fraud_shoppers__buyer_no__snoozes__rule__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                buyer_no: number;
                rule: string;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SnoozeDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snooze"][];
                };
            };
        };
    };
    end_snooze_api_v1_shops__shop_id__fraud_shoppers__buyer_no__snoozes__rule__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                buyer_no: number;
                rule: string;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snooze"][];
                };
            };
        };
    };
    read_funnel_api_v1_shops__shop_id__funnel_get: {
        parameters: {
            query: {
                by?: "source" | "language" | "product";
                from: string;
                steps?: string;
                to: string;
                variant?: "raw" | "clean";
                within_days?: number;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunnelAnswer"];
                };
            };
        };
    };
    read_imprint_api_v1_shops__shop_id__imprint_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imprint"];
                };
            };
        };
    };
    write_imprint_api_v1_shops__shop_id__imprint_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImprintDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imprint"];
                };
            };
        };
    };
    set_shop_language_api_v1_shops__shop_id__language_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLanguage"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    rename_shop_api_v1_shops__shop_id__name_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewName"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    list_products_api_v1_shops__shop_id__products_get: {
        parameters: {
            query?: {
                after?: string;
                archived?: boolean;
                category?: string;
                limit?: number;
                words?: string;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductsPage"];
                };
            };
        };
    };
    create_product_api_v1_shops__shop_id__products_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProductDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    order_products_api_v1_shops__shop_id__products_order_put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProductOrder"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    read_product_api_v1_shops__shop_id__products__number__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    change_product_api_v1_shops__shop_id__products__number__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProductDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    archive_product_api_v1_shops__shop_id__products__number__archived_put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Archived"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    set_product_photos_api_v1_shops__shop_id__products__number__photos_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Photos"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    set_product_stock_api_v1_shops__shop_id__products__number__stock_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StockCount"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    create_variant_api_v1_shops__shop_id__products__number__variants_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VariantDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Variant"];
                };
            };
        };
    };
    order_variants_api_v1_shops__shop_id__products__number__variants_order_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VariantOrder"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    change_variant_api_v1_shops__shop_id__products__number__variants__variant__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                number: number;
                shop_id: number;
                variant: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VariantDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Variant"];
                };
            };
        };
    };
    remove_variant_api_v1_shops__shop_id__products__number__variants__variant__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                number: number;
                shop_id: number;
                variant: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnedProduct"];
                };
            };
        };
    };
    list_rates_api_v1_shops__shop_id__rates_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopRate"][];
                };
            };
        };
    };
    set_rate_api_v1_shops__shop_id__rates_put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rate"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopRate"][];
                };
            };
        };
    };
    drop_rate_api_v1_shops__shop_id__rates__currency___valid_from__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                currency: string;
                shop_id: number;
                valid_from: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopRate"][];
                };
            };
        };
    };
    restore_shop_api_v1_shops__shop_id__restore_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    set_retention_api_v1_shops__shop_id__retention_put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Retention"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopView"];
                };
            };
        };
    };
    read_segments_api_v1_shops__shop_id__segments_get: {
        parameters: {
            query?: {
                variant?: "raw" | "clean";
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SegmentsAnswer"];
                };
            };
        };
    };
    list_segment_customers_api_v1_shops__shop_id__segments__segment__customers_get: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
                variant?: "raw" | "clean";
            };
            header?: never;
            path: {
                segment: "champions" | "loyal" | "promising" | "at_risk" | "sleeping" | "lost";
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SegmentBuyersPage"];
                };
            };
        };
    };
    want_sent_file_api_v1_shops__shop_id__sent_files__number__post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                number: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentFile"];
                };
            };
        };
    };
    list_sources_api_v1_shops__shop_id__sources_get: {
        parameters: {
            query?: {
                after?: string;
                archived?: boolean;
                campaign?: string;
                limit?: number;
                medium?: string;
                sort?: "newest" | "code";
                words?: string;
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourcesPage"];
                };
            };
        };
    };
    create_source_api_v1_shops__shop_id__sources_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SourceDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceView"];
                };
            };
        };
    };
    read_source_api_v1_shops__shop_id__sources__source_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
                source_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceView"];
                };
            };
        };
    };
    change_source_api_v1_shops__shop_id__sources__source_id__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                shop_id: number;
                source_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SourceChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceView"];
                };
            };
        };
    };
    list_costs_api_v1_shops__shop_id__sources__source_id__costs_get: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path: {
                shop_id: number;
                source_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cost"][];
                };
            };
        };
    };
    set_cost_api_v1_shops__shop_id__sources__source_id__costs__day__put: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                day: string;
                shop_id: number;
                source_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CostDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cost"];
                };
            };
        };
    };
    drop_cost_api_v1_shops__shop_id__sources__source_id__costs__day__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                day: string;
                shop_id: number;
                source_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    draw_source_api_v1_shops__shop_id__sources__source_id__qr__picture__get: {
        parameters: {
            query?: {
                bot_id?: number;
            };
            header?: never;
            path: {
                picture: "svg" | "png";
                shop_id: number;
                source_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                    "image/svg+xml": string;
                };
            };
        };
    };
    read_source_figures_api_v1_shops__shop_id__sources_figures_get: {
        parameters: {
            query: {
                from: string;
                to: string;
                touch?: "first" | "last" | "last_significant";
            };
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiguresOfSources"];
                };
            };
        };
    };
    list_webhooks_api_v1_shops__shop_id__webhooks_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
        };
    };
    create_webhook_api_v1_shops__shop_id__webhooks_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
        };
    };
    read_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
        };
    };
    change_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__put: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key"?: string;
                "if-match": string;
            };
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
        };
    };
    delete_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_deliveries_api_v1_shops__shop_id__webhooks__endpoint_id__deliveries_get: {
        parameters: {
            query?: {
                before?: number;
                state?: "waiting" | "delivered" | "parked" | "dropped";
            };
            header?: never;
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveriesPage"];
                };
            };
        };
    };
    read_delivery_api_v1_shops__shop_id__webhooks__endpoint_id__deliveries__delivery_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delivery_id: number;
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDetails"];
                };
            };
        };
    };
    replay_delivery_api_v1_shops__shop_id__webhooks__endpoint_id__deliveries__delivery_id__replay_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                delivery_id: number;
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    drop_parked_api_v1_shops__shop_id__webhooks__endpoint_id__parked_delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Count"];
                };
            };
        };
    };
    replay_range_api_v1_shops__shop_id__webhooks__endpoint_id__replay_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayRange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Count"];
                };
            };
        };
    };
    rotate_webhook_secret_api_v1_shops__shop_id__webhooks__endpoint_id__secret_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["api__routes__webhooks__Rotation"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
        };
    };
    test_webhook_api_v1_shops__shop_id__webhooks__endpoint_id__test_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                endpoint_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["core__shop__webhook_deliveries__Delivery"];
                };
            };
        };
    };
    list_write_keys_api_v1_shops__shop_id__write_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteKey"][];
                };
            };
        };
    };
    create_write_key_api_v1_shops__shop_id__write_keys_post: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WriteKeyDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWriteKey"];
                };
            };
        };
    };
    revoke_write_key_api_v1_shops__shop_id__write_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: number;
                shop_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    status_api_v1_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    storage_api_v1_storage_get: {
        parameters: {
            query?: {
                shops?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Storage"];
                };
            };
        };
    };
    list_templates_api_v1_templates_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplateView"][];
                };
            };
        };
    };
}
