namespace MoeSharp.Tests.Models.Recipes;

/// <summary>Sixteen experts, 4 active, as the recipe says.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[DeepSeekMoe]
public partial class DeepSeekMoeLayer;

/// <summary>Sixteen experts, 4 active, as the recipe says.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[DeepSeekV2]
public partial class DeepSeekV2Layer;

/// <summary>Sixteen experts, 4 active, as the recipe says.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[DeepSeekV3]
public partial class DeepSeekV3Layer;

/// <summary>Sixteen experts, 2 active, as the recipe says.</summary>
[Experts(16, Active = 2, Shared = 1, Dim = 12, Hidden = 6)]
[Mixtral]
public partial class MixtralLayer;

/// <summary>Sixteen experts, 1 active, as the recipe says.</summary>
[Experts(16, Active = 1, Shared = 1, Dim = 12, Hidden = 6)]
[Switch]
public partial class SwitchLayer;

/// <summary>Sixteen experts, 2 active, as the recipe says.</summary>
[Experts(16, Active = 2, Shared = 1, Dim = 12, Hidden = 6)]
[GShard]
public partial class GShardLayer;

/// <summary>Sixteen experts, 4 active, as the recipe says.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[OlMoe]
public partial class OlMoeLayer;

/// <summary>Sixteen experts, 4 active, as the recipe says.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[Qwen3Moe]
public partial class Qwen3MoeLayer;
