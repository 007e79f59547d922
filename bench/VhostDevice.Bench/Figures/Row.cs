// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Figures;

/// <summary>One line of the table: a figure, and what it is held against.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Measured">Ours, with its unit.</param>
/// <param name="Limit">What bounds it, measured in the same run; empty for none.</param>
/// <param name="Ratio">Ours divided by the limit.</param>
/// <param name="Target">What it ought to be.</param>
/// <param name="Reached">Whether it is; null without a target.</param>
/// <param name="Peer">The other back-end's, when there is one.</param>
/// <param name="PeerRatio">Ours divided by the other's.</param>
internal sealed record Row(
    string Title, string Measured, string Limit = "", string Ratio = "", string Target = "", bool? Reached = null,
    string Peer = "", string PeerRatio = "");
