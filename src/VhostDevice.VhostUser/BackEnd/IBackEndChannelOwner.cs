// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Whoever has a <see cref="BackEndChannel"/>.</summary>
internal interface IBackEndChannelOwner
{
    /// <summary>What the front-end sent on the channel makes no sense; no answer is taken from it any more.</summary>
    void ChannelBroken(string problem);

    /// <summary>The code to which an answer was told failed.</summary>
    void ReportFault(Exception fault);
}
