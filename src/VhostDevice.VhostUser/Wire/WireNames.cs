// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;

namespace VhostDevice.VhostUser.Wire;

/// <summary>The specification's names of requests and protocol features, without their prefix, for people to read.</summary>
public static class WireNames
{
    /// <summary>"GET_VRING_BASE", or "request 99" for a number that the specification does not have.</summary>
    public static string Of(FrontEndRequest request) => UpperSnake(request.ToString(), "request ");

    /// <summary>"CONFIG_CHANGE_MSG", or "request 99".</summary>
    public static string Of(BackEndRequest request) => UpperSnake(request.ToString(), "request ");

    /// <summary>The name of each set bit, lowest first: "REPLY_ACK", or "bit 40" for one without a name.</summary>
    public static IReadOnlyList<string> Of(ProtocolFeatures features)
    {
        List<string> names = [];
        for (int bit = 0; bit < 64; bit++)
        {
            ProtocolFeatures one = (ProtocolFeatures)(1UL << bit);
            if ((features & one) != 0)
                names.Add(NameOf(one, bit));
        }

        return names;
    }

    private static string NameOf(ProtocolFeatures feature, int bit)
    {
        if (feature == ProtocolFeatures.PageFault)
            return "PAGEFAULT";
        return Enum.IsDefined(feature) ? UpperSnake(feature.ToString(), "") : string.Create(CultureInfo.InvariantCulture, $"bit {bit}");
    }

    private static string UpperSnake(string name, string unknownPrefix)
    {
        if (char.IsAsciiDigit(name[0]))
            return unknownPrefix + name;
        StringBuilder text = new(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(name[i]))
                text.Append('_');
            text.Append(char.ToUpperInvariant(name[i]));
        }

        return text.ToString();
    }
}
