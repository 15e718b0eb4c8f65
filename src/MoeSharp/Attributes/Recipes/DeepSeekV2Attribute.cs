namespace MoeSharp;

/// <summary>
/// DeepSeek-V2, arXiv 2405.04434 §2.1.2 and §2.2: raw softmax weights times 16, the best 3 of 8 groups by their best score, three losses a sequence, and tokens dropped by device.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Groups = 8, TopGroups = 3, GroupScore = Maximum, Normalize = false, Scale = 16)] [ExpertBalance(0.003, PerSequence = true)] [DeviceBalance(0.05, PerSequence = true)] [CommunicationBalance(0.02, PerSequence = true)] [DeviceCapacity(1, Devices = 8, Exempt = 0.1)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out. Groups are the devices: with <c>[Gate(Softmax, Groups = 4)]</c> beside it there are 4.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DeepSeekV2Attribute : Attribute;
