// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>The trouble codes that the ECU has, and the values at the moment when the first one came (freeze frame).</summary>
internal sealed class TroubleCodes
{
    internal const int MaxCodes = 255;

    private readonly List<ObdReading> _frozen = [];
    private List<TroubleCode> _codes = [];

    internal List<TroubleCode> All => _codes;

    /// <summary>The code that the freeze frame belongs to; null: there is none.</summary>
    internal TroubleCode? FrozenFor { get; private set; }

    internal string Text
    {
        get
        {
            string text = "";
            foreach (TroubleCode code in _codes)
                text += (text.Length > 0 ? " " : "") + code.Text;
            return text.Length > 0 ? text : "none";
        }
    }

    /// <summary>The lamp on the dashboard.</summary>
    internal bool Lamp => _codes.Exists(c => (c.Status & TroubleCode.Confirmed) != 0 && (c.Status & TroubleCode.Warning) != 0);

    internal List<TroubleCode> With(byte mask) => _codes.FindAll(c => (c.Status & mask) != 0);

    internal TroubleCode? Find(int code) => _codes.Find(c => c.Code == code);

    /// <summary>Sets all of them from a user's text.</summary>
    /// <param name="freeze">Puts the values of now into the freeze frame.</param>
    /// <returns>False: the text makes no sense, or there are too many; nothing is changed.</returns>
    internal bool TrySet(string text, Action<List<ObdReading>> freeze)
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
        if (FrozenFor is null && _codes.Find(c => (c.Status & TroubleCode.Confirmed) != 0) is { } first)
        {
            FrozenFor = first;
            freeze(_frozen);
        }

        return true;
    }

    /// <summary>The values of the freeze frame.</summary>
    internal List<ObdReading> Frozen => _frozen;

    /// <summary>A tester clears one code, or all.</summary>
    /// <returns>False: there is no such code.</returns>
    internal bool Clear(int? code)
    {
        if (code is { } one && !_codes.Exists(c => c.Code == one))
            return false;
        // What stays of a permanent one is that it is permanent.
        List<TroubleCode> left = [];
        foreach (TroubleCode each in _codes)
        {
            if (code is { } only && each.Code != only)
                left.Add(each);
            else if (each.IsPermanent)
                left.Add(each with { Status = 0 });
        }

        _codes = left;
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
