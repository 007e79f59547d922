// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>A bell on a bell bus: a guest strikes it, and a guest hears of it when somebody else does.</summary>
public sealed class Bell : BoardPart
{
    private readonly TextParameter _strokes;
    private int _count;

    public Bell(Board board, string name)
        : base(board, "bell", name) =>
        _strokes = Parameter(new TextParameter("strokes", "", () => _count.ToString(CultureInfo.InvariantCulture)));

    public static IReadOnlyList<PartVerb> BellVerbs { get; } = [new("strike", "bell", "Strike a bell, once or more often", Strike, "TIMES?")];

    public override IReadOnlyList<PartVerb> Verbs => BellVerbs;

    /// <summary>The bus that it is on, and its place there.</summary>
    internal (SimulatedBellBus Bus, byte Place)? At { get; set; }

    internal void Sound()
    {
        _count++;
        _strokes.Changed();
    }

    private static string? Strike(BoardPart bell, IReadOnlyList<string> words, Action<string> answer)
    {
        if (((Bell)bell).At is not { } at)
            return $"{bell.Name} hangs nowhere";
        int times = 1;
        if (words.Count > 0 && (!int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out times) || times is 0 or > 12))
            return $"a bell cannot be struck '{words[0]}' times: 1 to 12";
        for (int i = 0; i < times; i++)
            at.Bus.Strike(at.Place, byGuest: false);
        answer($"{times} strokes");
        return null;
    }
}
