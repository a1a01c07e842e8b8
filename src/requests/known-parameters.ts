/**
 * Parameters that each endpoint is known to take, as of 2026-11-22 (the types of `openai` 6.49 and `@anthropic-ai/sdk` 1.12, beta
 * parameters included). A name that is not here is a warning: it is new, of another server, or a slip of the pen.
 */
const known: Readonly<Record<string, string>> = {
  '/v1/chat/completions':
    'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options',
  '/v1/responses':
    'background context_management conversation include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user',
  '/v1/embeddings': 'dimensions encoding_format input model user',
  '/v1/completions': 'best_of echo frequency_penalty logit_bias logprobs max_tokens model n presence_penalty prompt seed stop stream stream_options suffix temperature top_p user',
  '/v1/moderations': 'input model',
  '/v1/messages':
    'betas billing_policy cache_control compaction container context_management diagnostics fallback_credit_token fallbacks inference_geo max_tokens mcp_servers messages metadata model output_config output_format service_tier speed stop_sequences stream system temperature thinking thread tool_choice tools top_k top_p user_profile_id workspace_id',
};

const sets = new Map(Object.entries(known).map(([endpoint, names]) => [endpoint, new Set(names.split(' '))]));

/** The parameters that an endpoint takes; `undefined` for an endpoint of which nothing is known. */
export function knownParameters(endpoint: string): ReadonlySet<string> | undefined {
  return sets.get(endpoint);
}
