// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>The trouble codes that the ECU has, and the values at the moment when the first one came (freeze frame).</summary>
internal sealed class TroubleCodes
{
    internal const int MaxCodes = 255;

    private readonly Dictionary<byte, byte[]> _frozen = [];
    private List<TroubleCode> _codes = [];

    internal IReadOnlyList<TroubleCode> All => _codes;

    /// <summary>The code that the freeze frame belongs to; null: there is none.</summary>
    internal TroubleCode? FrozenFor { get; private set; }

    internal string Text => _codes.Count == 0 ? "none" : string.Join(' ', _codes.Select(c => c.Text));

    /// <summary>The lamp on the dashboard.</summary>
    internal bool Lamp => _codes.Exists(c => (c.Status & TroubleCode.Confirmed) != 0 && (c.Status & TroubleCode.Warning) != 0);

    internal IEnumerable<TroubleCode> With(byte mask) => _codes.Where(c => (c.Status & mask) != 0);

    /// <summary>Sets all of them from a user's text.</summary>
    /// <param name="freeze">Puts the values of now into the freeze frame.</param>
    /// <returns>False: the text makes no sense, or there are too many; nothing is changed.</returns>
    internal bool TrySet(string text, Action<Dictionary<byte, byte[]>> freeze)
    {
        string[] words = text == "none" ? [] : text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        List<TroubleCode> codes = [];
        foreach (string word in words)
        {
            if (TroubleCode.TryParse(word) is not { } code || codes.Exists(c => c.Code == code.Code) || codes.Count == MaxCodes)
                return false;
            codes.Add(code);
        }

        _codes = codes;
        if (FrozenFor is { } frozen && !_codes.Exists(c => c.Code == frozen.Code))
            Thaw();
        if (FrozenFor is null && With(TroubleCode.Confirmed).FirstOrDefault() is { } first)
        {
            FrozenFor = first;
            freeze(_frozen);
        }

        return true;
    }

    /// <summary>A value of the freeze frame, as it is encoded.</summary>
    internal byte[]? Frozen(byte pid) => _frozen.GetValueOrDefault(pid);

    /// <summary>The identifiers of its values.</summary>
    internal IEnumerable<byte> FrozenIds => _frozen.Keys;

    /// <summary>A tester clears one code, or all.</summary>
    /// <returns>False: there is no such code.</returns>
    internal bool Clear(int? code)
    {
        if (code is { } one && !_codes.Exists(c => c.Code == one))
            return false;
        // What stays of a permanent one is that it is permanent.
        _codes = [.. _codes.Where(c => c.IsPermanent || (code is { } only && c.Code != only))
            .Select(c => code is null || c.Code == code ? c with { Status = 0 } : c)];
        if (FrozenFor is { } frozen && (code is null || frozen.Code == code))
            Thaw();
        return true;
    }

    private void Thaw()
    {
        FrozenFor = null;
        _frozen.Clear();
    }
}
