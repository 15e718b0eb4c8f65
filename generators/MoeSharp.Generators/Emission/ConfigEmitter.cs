using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>A model's configuration under Hugging Face's field names (those of <c>DeepseekV3Config</c> where it has them).</summary>
internal static class ConfigEmitter
{
    public static IEnumerable<(string Name, string Literal)> Fields(ModelSpec spec)
    {
        var (transformer, attention) = (spec.Transformer!, spec.Attention!);
        yield return ("model_type", Literals.Quoted("moesharp"));
        yield return ("vocab_size", Literals.Int(transformer.Vocab));
        yield return ("hidden_size", Literals.Int(transformer.Dim));
        yield return ("num_hidden_layers", Literals.Int(transformer.Layers));
        yield return ("max_position_embeddings", Literals.Int(transformer.Context));
        yield return ("tie_word_embeddings", Literals.Bool(transformer.TieEmbeddings));
        yield return ("num_attention_heads", Literals.Int(attention.Heads));
        yield return ("num_key_value_heads", Literals.Int(attention.KvHeads));
        yield return ("head_dim", Literals.Int(attention.HeadDim));
        yield return ("rope_theta", Double(attention.RopeTheta));
        yield return ("rms_norm_eps", Double(1e-6));
        var dense = ActivationTable.Of(spec.FeedForward?.Activation ?? default);
        yield return ("hidden_act", Literals.Quoted((spec.Experts is { } sparse ? ActivationTable.Of(sparse.Activation) : dense).HuggingFace));
        yield return ("attention_bias", Literals.Bool(false));
        yield return ("initializer_range", Double(0.02));
        yield return ("intermediate_size", Literals.Int(spec.FeedForward?.Hidden ?? 0));
        if (spec.Experts is not { } experts)
        {
            yield break;
        }

        var gate = spec.Gate;
        yield return ("first_k_dense_replace", Literals.Int(transformer.DenseLayers));
        yield return ("moe_intermediate_size", Literals.Int(experts.Hidden));
        yield return ("n_routed_experts", Literals.Int(experts.Count));
        yield return ("num_experts_per_tok", Literals.Int(experts.Active));
        yield return ("n_shared_experts", Literals.Int(experts.Shared));
        if (transformer.DenseLayers > 0 && dense.Kind != experts.Activation)
        {
            yield return ("dense_hidden_act", Literals.Quoted(dense.HuggingFace));
        }

        if (experts.Bias)
        {
            yield return ("mlp_bias", Literals.Bool(true));
        }

        if (experts.SharedGate)
        {
            yield return ("shared_expert_gate", Literals.Bool(true));
        }

        yield return ("scoring_func", Literals.Quoted(GateTable.Of(gate.Kind).ScoringName));
        yield return ("norm_topk_prob", Literals.Bool(gate.Normalize));
        yield return ("routed_scaling_factor", Double(gate.Scale));
        yield return ("n_group", Literals.Int(gate.Groups));
        yield return ("topk_group", Literals.Int(gate.IsGroupLimited ? gate.TopGroups : gate.Groups));
        yield return ("topk_method", Literals.Quoted(spec.BalanceBias is not null ? "noaux_tc" : gate.IsGroupLimited ? "group_limited_greedy" : "greedy"));
        if (spec.Declares("Gate.GroupScore") || (gate.IsGroupLimited && gate.GroupScore != GateSpec.UsualGroupScore(spec.BalanceBias is not null)))
        {
            yield return ("group_score", Literals.Quoted(gate.GroupScore == GroupScore.SumOfTwoBest ? "sum_of_two_best" : "maximum"));
        }

        if (gate.Jitter > 0)
        {
            yield return ("router_jitter_noise", Double(gate.Jitter));
        }

        // A run goes on only with the gate it began with: what is not at its default is told.
        foreach (var option in gate.Options)
        {
            yield return ("gate_" + Names.Snake(option.Name), Double(option.Value));
        }

        // DeepSeek's name. Devices that nobody named and no loss is over say nothing.
        if (experts.Devices > 1 && (spec.Declares("Experts.Devices") || spec.BalanceLosses.Any(loss => loss.Row.IsOverDevices)))
        {
            yield return ("ep_size", Literals.Int(experts.Devices));
        }

        foreach (var loss in spec.BalanceLosses)
        {
            yield return (loss.Row.Key + "_alpha", Double(loss.Weight));
            foreach (var option in loss.Options.Where(option => loss.Row.Options.First(known => known.Name == option.Name).Value != option.Value))
            {
                yield return ($"{loss.Row.Key}_{Names.Snake(option.Name)}", Double(option.Value));
            }
        }

        // Megatron's names; it drops by device in no version.
        if (spec.Capacity is { } capacity)
        {
            yield return ("moe_expert_capacity_factor", Double(capacity.Factor));
            yield return ("moe_token_drop_policy", Literals.Quoted(capacity.By == DropOrder.Position ? "position" : "probs"));
        }

        if (spec.DeviceCapacity is { } devices)
        {
            yield return ("moe_device_capacity_factor", Double(devices.Factor));
            yield return ("moe_device_capacity_devices", Literals.Int(devices.Devices));
            yield return ("moe_device_capacity_exempt", Double(devices.Exempt));
        }

        if (spec.BalanceBias is { } bias)
        {
            yield return ("balance_bias_update_rate", Double(bias.Rate));
            if (bias.Update != BiasUpdate.Sign)
            {
                yield return ("balance_bias_update", Literals.Quoted(Names.Snake(bias.Update.ToString())));
            }

            if (bias.Until > 0)
            {
                yield return ("balance_bias_until", Literals.Int(bias.Until));
            }
        }
    }

    /// <summary>A literal that stays a double when it is boxed.</summary>
    private static string Double(double value) => Literals.Number(value) + "d";
}
